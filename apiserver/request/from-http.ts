/** From Node's request to a `Call`. */

import type { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { badRequest } from '../../api/errors.ts';
import { anonymous } from '../authn/user.ts';
import type { Shutdown } from '../shutdown.ts';
import { readBody } from './body.ts';
import type { Call } from './call.ts';
import { type RequestInfo, requestInfo } from './info.ts';

/** Nobody changes a query. */
const none = new URLSearchParams();

/** When streams must end because the server stops. */
type Ending = Pick<Shutdown, 'streamsEnd' | 'streamGraceMs'>;

/**
 * The call of a request. `connection` closes when the client is gone or has been answered. Throws a 400 for a path that cannot
 * be decoded.
 */
export function callOf(raw: IncomingMessage, connection: EventEmitter, ending: Ending, auditId: string): Call {
  return new HttpCall(raw, connection, ending, auditId);
}

/**
 * A class since its `signal` is made when it is first asked for, which for most requests is never: V8 makes the type of an object
 * literal with a getter anew for each object, as old from the start, and keeps all that the getter sees until it collects what is old.
 */
class HttpCall implements Call {
  readonly method: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly info: RequestInfo;
  user = anonymous;
  readonly remoteAddress: string;
  readonly warnings: string[] = [];
  readonly auditId: string;
  readonly auditAnnotations: Record<string, string> = {};
  readonly replyHeaders: Record<string, string> = {};
  queuedSeconds = 0;
  readonly raw: IncomingMessage;
  readonly #connection: EventEmitter;
  readonly #ending: Ending;
  #signal: AbortSignal | undefined;

  constructor(raw: IncomingMessage, connection: EventEmitter, ending: Ending, auditId: string) {
    const { method = 'GET', url = '/', headers } = raw;
    const mark = url.indexOf('?');
    this.method = method;
    this.query = mark < 0 ? none : new URLSearchParams(url.slice(mark + 1));
    this.headers = headers;
    this.info = requestInfo(method, decodePath(mark < 0 ? url : url.slice(0, mark)), this.query);
    this.remoteAddress = raw.socket.remoteAddress ?? '';
    this.auditId = auditId;
    this.raw = raw;
    this.#connection = connection;
    this.#ending = ending;
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#connection, this.#ending);
    return this.#signal;
  }

  body(): Promise<Buffer> {
    return readBody(this.raw, this.#connection);
  }
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
