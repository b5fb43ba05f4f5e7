import { list } from '../registry/list.ts';
import { selectionOf } from '../registry/selection.ts';
import type { Call } from '../request/call.ts';
import { answerList, includeObjectOf } from '../request/encode.ts';
import { type ListOptions, listOptions } from '../request/list-options.ts';
import { negotiate } from '../request/negotiate.ts';
import { serveWatch } from '../watch/watch.ts';
import type { Handler } from './handler.ts';

/** GET of a collection. Upstream: apiserver/pkg/endpoints/handlers/get.go ListResource */
export const handleList: Handler = async (registry, resource, call) => {
  const options = listOptions(call.query, false);
  const selection = selectionOf(resource, selectedBy(call, options));
  return answerList(call, resource.kind, await list(registry, resource, selection, options));
};

/** GET of a collection with `watch`. */
export const handleWatch: Handler = async (registry, resource, call) => {
  const options = listOptions(call.query, true);
  const selection = selectionOf(resource, selectedBy(call, options));
  const { as, version } = negotiate(call.headers.accept);
  const format = { kind: resource.kind, as, version, includeObject: includeObjectOf(call) };
  return {
    stream: (response) => serveWatch(registry, resource, selection, format, options, response, call.signal),
  };
};

/** The selection of a collection request. */
export const selectedBy = (
  { info }: Call,
  { labelSelector, fieldSelector }: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
) => ({ namespace: info.namespace, name: info.name, labelSelector, fieldSelector });
