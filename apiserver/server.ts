/**
 * Fastify over TLS: turns HTTP requests into calls, runs the chain, and writes the replies. The only file that knows how a
 * request arrives. Whatever goes wrong with one request ends in a `Status` for its client and never in the process.
 *
 * Upstream: apiserver/pkg/server/{secure_serving,handler}.go
 */
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ApiError, badRequest, internalError, serviceUnavailable } from '../api/errors.ts';
import type { Logger } from '../client/component/log.ts';
import { type Chain, serve } from './chain.ts';
import { isLongRunning } from './flow-control.ts';
import { countLongRunning, countRequest } from './metrics.ts';
import type { Call, Reply } from './request/call.ts';
import { callOf } from './request/from-http.ts';
import { send } from './request/send.ts';
import { failure } from './request/status.ts';

export interface ServerOptions {
  tls: { cert: Buffer; key: Buffer; clientCa: Buffer | undefined };
  requestTimeoutMs: number;
  logger: Logger;
  /** Aborts when the server begins to stop: watches end. */
  stopping: AbortSignal;
}

/** As in Go's server: the command of an exec, or a long selector, stands in the URL. */
const maxHeaderSize = 1024 * 1024;

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
      maxHeaderSize,
    },
    forceCloseConnections: true,
    // Bodies are read by the step that decodes them, after the caller has been let in.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    frameworkErrors: (error, _request, reply) => void send(reply.raw, failure(badRequest(error.message)), []),
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    await handle(chain, options, request.raw, reply.raw as ServerResponse);
  };
  app.route({ method: methods, url: '*', handler });
  // Any other method, which the dispatcher refuses in Kubernetes' words.
  app.setNotFoundHandler(handler);
  app.setErrorHandler((error, _request, reply) => {
    reply.hijack();
    send(reply.raw as ServerResponse, failure(toApiError(error, options.logger)), []);
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void handleUpgrade(chain, options, request, socket, head);
  });
  return app;
}

/** Answers a request; `takeOver` opens the tunnel that an upgrade ends in. */
async function handle(
  chain: Chain,
  options: ServerOptions,
  raw: IncomingMessage,
  response: ServerResponse,
  takeOver?: (reply: Extract<Reply, { tunnel: unknown }>) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  let call: Call | undefined;
  try {
    call = callOf(raw, takeOver ? raw.socket : response, options.stopping);
    const reply = await withTimeout(serve(chain, call, raw.socket), call, options.requestTimeoutMs);
    if ('body' in reply) {
      send(response, reply, call.warnings);
    } else {
      const ended = countLongRunning(call.info);
      try {
        if ('stream' in reply) await reply.stream(response);
        else await takeOver?.(reply);
      } finally {
        ended();
      }
    }
  } catch (error) {
    send(response, failure(toApiError(error, options.logger)), call?.warnings ?? []);
  }
  if (!call) return;
  const ms = performance.now() - began;
  countRequest(call.info, response.statusCode, ms / 1000);
  options.logger.debug(
    { method: raw.method, url: raw.url, user: call.user.name, status: response.statusCode, ms },
    'Request',
  );
}

/** An upgrade has no response of its own: one is put on its connection, for the case that it is refused. */
async function handleUpgrade(
  chain: Chain,
  options: ServerOptions,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): Promise<void> {
  // The client may vanish at any time; its connection's end is noticed where it matters.
  socket.on('error', () => socket.destroy());
  const response = new ServerResponse(request);
  response.assignSocket(socket);
  response.shouldKeepAlive = false;
  response.once('finish', () => socket.end());
  await handle(chain, options, request, response, (reply) => {
    response.detachSocket(socket);
    return reply.tunnel(socket, head);
  });
}

/** A request that is not a stream must be answered in time. What it has begun goes on; only its client stops waiting. */
async function withTimeout(work: Promise<Reply>, call: Call, timeoutMs: number): Promise<Reply> {
  if (isLongRunning(call.info)) return work;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const message = 'Timeout: request did not complete within the allotted timeout';
    timer = setTimeout(() => reject(new ApiError(504, 'Timeout', message)), timeoutMs);
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
