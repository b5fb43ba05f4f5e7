/**
 * Fastify over TLS: turns HTTP requests into calls, runs the chain, and writes the replies. The only file that knows how a
 * request arrives. Whatever goes wrong with one request ends in a `Status` for its client and never in the process.
 *
 * Upstream: apiserver/pkg/server/{secure_serving,handler}.go
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ApiError, badRequest, internalError, serviceUnavailable } from '../api/errors.ts';
import type { Logger } from '../client/component/log.ts';
import { anonymous } from './authn/user.ts';
import { type Chain, serve } from './chain.ts';
import { isLongRunning } from './flow-control.ts';
import { countLongRunning, countRequest } from './metrics.ts';
import { readBody } from './request/body.ts';
import type { Answer, Call, Reply } from './request/call.ts';
import { requestInfo } from './request/info.ts';
import { failure } from './request/status.ts';

export interface ServerOptions {
  tls: { cert: Buffer; key: Buffer; clientCa: Buffer | undefined };
  requestTimeoutMs: number;
  logger: Logger;
  /** Aborts when the server begins to stop: watches end, new requests are refused. */
  stopping: AbortSignal;
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** Makes the server; it does not listen yet. */
export function createServer(chain: Chain, options: ServerOptions): FastifyInstance {
  const { cert, key, clientCa } = options.tls;
  const app = fastify({
    // Callers without a certificate are anonymous; who they are is decided by the authentication step.
    https: {
      cert,
      key,
      ca: clientCa,
      requestCert: clientCa !== undefined,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
    },
    forceCloseConnections: true,
    // Bodies are read by the step that decodes them, after the caller has been let in.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    frameworkErrors: (error, _request, reply) => void send(reply.raw, failure(badRequest(error.message)), []),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.route({ method: methods, url: '*', handler: (request, reply) => handle(chain, options, request, reply) });
  app.setErrorHandler((error, _request, reply) => {
    reply.hijack();
    send(reply.raw, failure(toApiError(error, options.logger)), []);
  });
  return app;
}

async function handle(
  chain: Chain,
  options: ServerOptions,
  { raw }: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  reply.hijack();
  const response = reply.raw as ServerResponse;
  const began = performance.now();
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  let call: Call;
  try {
    call = toCall(raw, AbortSignal.any([gone.signal, options.stopping]));
  } catch (error) {
    send(response, failure(toApiError(error, options.logger)), []);
    return;
  }
  try {
    const answered = await withTimeout(serve(chain, call, raw.socket), call, options.requestTimeoutMs);
    if ('stream' in answered) {
      const ended = countLongRunning(call.info);
      await answered.stream(response).finally(ended);
    } else {
      send(response, answered, call.warnings);
    }
  } catch (error) {
    send(response, failure(toApiError(error, options.logger)), call.warnings);
  }
  countRequest(call.info, response.statusCode, (performance.now() - began) / 1000);
}

function toCall(raw: IncomingMessage, signal: AbortSignal): Call {
  const { method = 'GET', url = '/', headers } = raw;
  const mark = url.indexOf('?');
  const query = new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1));
  return {
    method,
    query,
    headers,
    info: requestInfo(method, decodePath(mark < 0 ? url : url.slice(0, mark)), query),
    user: anonymous,
    remoteAddress: raw.socket.remoteAddress ?? '',
    warnings: [],
    signal,
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

/** A request that is not a stream must be answered in time. What it has begun goes on; only its client stops waiting. */
async function withTimeout(work: Promise<Reply>, call: Call, timeoutMs: number): Promise<Reply> {
  if (isLongRunning(call.info)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = 'request did not complete within the allotted timeout';
    timer = setTimeout(() => reject(new ApiError(504, 'Timeout', `Timeout: ${message}`)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Anything that was thrown, as the error that the client gets. What nobody foresaw is logged. */
function toApiError(error: unknown, logger: Logger): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof Error && error.name === 'EtcdError') return serviceUnavailable(error.message);
  logger.error({ err: error }, 'A request failed unexpectedly');
  return internalError(error instanceof Error ? error.message : String(error));
}

function send(response: ServerResponse, { status, contentType, body, headers }: Answer, warnings: string[]): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (warnings.length > 0) response.setHeader('warning', warnings.map(warningValue));
  response.writeHead(status, {
    'cache-control': 'no-cache, private',
    'content-type': contentType,
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/** RFC 7234: code, agent, quoted text. What is not printable Latin-1 would break the header. */
const warningValue = (text: string): string =>
  `299 - "${text.replace(/[^ -~\u00a0-\u00ff]/g, '?').replace(/["\\]/g, '\\$&')}"`;
