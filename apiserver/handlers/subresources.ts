/**
 * The subresources beside status, by `resource/subresource`; `scale` serves every kind that declares it. A new one is a
 * file and a line here, and a line in the kind's declaration for discovery.
 */
import type { AnyKind } from '../../api/kinds/all.ts';
import type { Handler } from './handler.ts';

const byName: Record<string, Record<string, Handler>> = {};

/** The handlers of a subresource by verb; undefined when the kind does not have it. */
export function subresources(kind: AnyKind, subresource: string): Record<string, Handler> | undefined {
  const name = kind.group ? `${kind.plural}.${kind.group}/${subresource}` : `${kind.plural}/${subresource}`;
  return Object.hasOwn(byName, name) ? byName[name] : undefined;
}
