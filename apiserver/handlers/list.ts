import { badRequest } from '../../api/errors.ts';
import { parseFieldSelector } from '../../api/selectors.ts';
import { list } from '../registry/list.ts';
import { selectionOf } from '../registry/selection.ts';
import type { Call } from '../request/call.ts';
import { answerList, includeObjectOf } from '../request/encode.ts';
import { type ListOptions, listOptions } from '../request/list-options.ts';
import { negotiate } from '../request/negotiate.ts';
import { frameFormat } from '../watch/frames.ts';
import { HttpWatchStream } from '../watch/stream.ts';
import { serveWatch } from '../watch/watch.ts';
import { acceptWatch } from '../watch/websocket.ts';
import type { Handler } from './handler.ts';

/** GET of a collection. Upstream: apiserver/pkg/endpoints/handlers/get.go ListResource */
export const handleList: Handler = async (registry, resource, call) => {
  const options = listOptions(call.query, false);
  const selection = selectionOf(resource, selectedBy(call, options));
  return answerList(call, resource.kind, await list(registry, resource, selection, options));
};

/** GET of a collection with `watch`, as the body of an answer or, for a client that asks to upgrade, as a WebSocket. */
export const handleWatch: Handler = async (registry, resource, call) => {
  const options = listOptions(call.query, true);
  const selection = selectionOf(resource, selectedBy(call, options));
  const format = frameFormat(resource.kind, negotiate(call.headers.accept), includeObjectOf(call));
  const serve = (open: Parameters<typeof serveWatch>[5]): Promise<void> =>
    serveWatch(registry, resource, selection, format, options, open, call.signal);
  if (call.headers.upgrade?.toLowerCase() === 'websocket') {
    return { tunnel: (client, head) => serve(() => acceptWatch(call.raw, client, head)) };
  }
  return {
    stream: (response) =>
      serve(() => {
        response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
        response.flushHeaders();
        return new HttpWatchStream(response);
      }),
  };
};

/** The selection of a collection request. The old form of a watch may have a name in its path. */
export function selectedBy(
  { info }: Call,
  { labelSelector, fieldSelector }: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
) {
  const { namespace, name } = info;
  if (name !== '' && fieldSelector !== '') {
    const byName = parseFieldSelector(fieldSelector).find(({ field }) => field === 'metadata.name');
    if (byName?.operator !== '=' || byName.value !== name)
      throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return { namespace, name, labelSelector, fieldSelector };
}
