/** From Node's request to a `Call`. */

import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { badRequest } from '../../api/errors.ts';
import { anonymous } from '../authn/user.ts';
import type { Shutdown } from '../shutdown.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { requestInfo } from './info.ts';

/** Nobody changes a query. */
const none = new URLSearchParams();

/** When streams must end because the server stops. */
type Ending = Pick<Shutdown, 'streamsEnd' | 'streamGraceMs'>;

/**
 * The call of a request. `connection` closes when the client is gone or has been answered. Throws a 400 for a path that cannot
 * be decoded.
 */
export function callOf(raw: IncomingMessage, connection: EventEmitter, ending: Ending, auditId: string): Call {
  const { method = 'GET', url = '/', headers } = raw;
  const mark = url.indexOf('?');
  const query = mark < 0 ? none : new URLSearchParams(url.slice(mark + 1));
  let signal: AbortSignal | undefined;
  return {
    method,
    query,
    headers,
    info: requestInfo(method, decodePath(mark < 0 ? url : url.slice(0, mark)), query),
    user: anonymous,
    remoteAddress: raw.socket.remoteAddress ?? '',
    warnings: [],
    auditId,
    auditAnnotations: {},
    replyHeaders: {},
    queuedSeconds: 0,
    // Most requests are answered before anybody asks for it.
    get signal() {
      signal ??= signalOf(connection, ending);
      return signal;
    },
    body: () => readBody(raw, connection),
    raw,
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(path)}`);
  }
}

function signalOf(connection: EventEmitter, { streamsEnd, streamGraceMs }: Ending): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  let timer: NodeJS.Timeout | undefined;
  // All clients coming back at the same moment would be a wave for the servers that are left.
  const end = (): void => {
    if (streamGraceMs > 0) timer = setTimeout(abort, Math.random() * streamGraceMs);
    else abort();
  };
  if (streamsEnd.aborted) abort();
  streamsEnd.addEventListener('abort', end, { once: true });
  connection.once('close', () => {
    streamsEnd.removeEventListener('abort', end);
    clearTimeout(timer);
    abort();
  });
  return controller.signal;
}
