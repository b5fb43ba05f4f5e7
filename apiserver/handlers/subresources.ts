/**
 * The subresources beside status, by `resource/subresource`; `scale` and parts of the object serve every kind that declares
 * them. Another is a file and a line here, and a line in the kind's declaration for discovery.
 */
import type { AnyKind } from '../../api/kinds/all.ts';
import { createBinding } from '../subresources/binding.ts';
import { createEviction } from '../subresources/eviction.ts';
import { connectAttach, connectExec, connectPortForward } from '../subresources/exec.ts';
import { updateFinalize } from '../subresources/finalize.ts';
import { getLog } from '../subresources/log.ts';
import { proxyNode, proxyPod, proxyService } from '../subresources/proxy.ts';
import { getScale, patchScale, updateScale } from '../subresources/scale.ts';
import { createToken } from '../subresources/token.ts';
import { handleGet } from './get.ts';
import type { Handler } from './handler.ts';
import { handlePatch } from './patch.ts';
import { handleUpdate } from './update.ts';

/** Every method is passed on, so every verb is: '' stands for methods that have none. */
const everyVerb = (handler: Handler): Record<string, Handler> =>
  Object.fromEntries(['get', 'create', 'update', 'patch', 'delete', ''].map((verb) => [verb, handler]));

const byName: Record<string, Record<string, Handler>> = {
  'namespaces/finalize': { update: updateFinalize },
  'nodes/proxy': everyVerb(proxyNode),
  'pods/attach': { get: connectAttach, create: connectAttach },
  'pods/binding': { create: createBinding },
  'pods/eviction': { create: createEviction },
  'pods/exec': { get: connectExec, create: connectExec },
  'pods/log': { get: getLog },
  'pods/portforward': { get: connectPortForward, create: connectPortForward },
  'pods/proxy': everyVerb(proxyPod),
  'serviceaccounts/token': { create: createToken },
  'services/proxy': everyVerb(proxyService),
};

const part: Record<string, Handler> = { get: handleGet, update: handleUpdate, patch: handlePatch };
const scale: Record<string, Handler> = { get: getScale, update: updateScale, patch: patchScale };

/** The handlers of a subresource by verb; undefined when the kind does not have it. */
export function subresources(kind: AnyKind, subresource: string): Record<string, Handler> | undefined {
  if (subresource === 'scale') return kind.scale ? scale : undefined;
  if (kind.parts && Object.hasOwn(kind.parts, subresource)) return part;
  const name = kind.group ? `${kind.plural}.${kind.group}/${subresource}` : `${kind.plural}/${subresource}`;
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}
