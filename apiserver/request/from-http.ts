/** From Node's request to a `Call`. */

import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { badRequest } from '../../api/errors.ts';
import { anonymous } from '../authn/user.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { requestInfo } from './info.ts';

/**
 * The call of a request. `connection` closes when the client is gone or has been answered; `stopping` aborts when the server
 * stops. Throws a 400 for a path that cannot be decoded.
 */
export function callOf(raw: IncomingMessage, connection: EventEmitter, stopping: AbortSignal): Call {
  const { method = 'GET', url = '/', headers } = raw;
  const mark = url.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  let signal: AbortSignal | undefined;
  return {
    method,
    query,
    headers,
    info: requestInfo(method, decodePath(mark < 0 ? url : url.slice(0, mark)), query),
    user: anonymous,
    remoteAddress: raw.socket.remoteAddress ?? '',
    warnings: [],
    // Most requests are answered before anybody asks for it.
    get signal() {
      signal ??= signalOf(connection, stopping);
      return signal;
    },
    body: () => readBody(raw),
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

function signalOf(connection: EventEmitter, stopping: AbortSignal): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  if (stopping.aborted) abort();
  stopping.addEventListener('abort', abort, { once: true });
  connection.once('close', () => {
    stopping.removeEventListener('abort', abort);
    abort();
  });
  return controller.signal;
}
