/** GET of ComponentStatuses. Selectors are ignored, as in Kubernetes. Upstream: pkg/registry/core/componentstatus/rest.go */
import { notFound } from '../../api/errors.ts';
import type { KubeObject } from '../../api/types.ts';
import { Entry, unwritten } from '../cache/entry.ts';
import type { Handler } from '../handlers/handler.ts';
import { answerList, answerObject } from '../request/encode.ts';
import { checkComponent, componentNames } from './check.ts';

/** All components. */
export const listComponentStatuses: Handler = async (registry, { kind }, call) => {
  const found = await Promise.all(componentNames.map((name) => checkComponent(registry, name)));
  return answerList(call, kind, { revision: registry.progress.revision, entries: found.map((one) => entryOf(one!)) });
};

/** One component. */
export const getComponentStatus: Handler = async (registry, { kind }, call) => {
  const { name } = call.info;
  const found = await checkComponent(registry, name);
  if (!found) throw notFound(kind, name);
  return answerObject(call, kind, entryOf(found));
};

const entryOf = (object: KubeObject): Entry =>
  new Entry(object.metadata.name!, unwritten, Buffer.from(JSON.stringify(object)));
