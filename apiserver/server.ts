/**
 * Fastify over TLS: turns HTTP requests into calls, runs the chain, and writes the replies. The only file that knows how a
 * request arrives. Whatever goes wrong with one request ends in a `Status` for its client and never in the process.
 *
 * Upstream: apiserver/pkg/server/{secure_serving,handler}.go
 */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { ApiError, badRequest, internalError } from '../api/errors.ts';
import type { Logger } from '../client/component/log.ts';
import { Deadlines } from '../client/deadlines.ts';
import { type Chain, serve } from './chain.ts';
import { isLongRunning } from './flow-control/flow-control.ts';
import { answerClientError, answeredSoFar, noteRequest } from './malformed.ts';
import { countAborted, countLongRunning, countRequest, tlsHandshakeErrors } from './metrics.ts';
import type { Call, Reply } from './request/call.ts';
import { callOf } from './request/from-http.ts';
import { type Headers, send } from './request/send.ts';
import { failure, foreseen } from './request/status.ts';
import { timeoutOf } from './request/timeout.ts';
import type { Shutdown } from './shutdown.ts';

export interface ServerOptions {
  tls: { cert: Buffer; key: Buffer; clientCa: Buffer | undefined };
  requestTimeoutMs: number;
  logger: Logger;
  shutdown: Shutdown;
}

/** As in Go's server: the command of an exec, or a long selector, stands in the URL. */
const maxHeaderSize = 1024 * 1024;

/** When requests that are not streams must have been answered. */
const deadlines = new Deadlines();

/** How long the head of a request may take to arrive. */
const headersTimeoutMs = 32_000;

/** Stands in for Fastify's compilers of route schemas, which would be loaded at every start: 3 MB and 0.1 s. */
const noRouteHasSchema = (): never => {
  throw new Error('no route has a schema');
};

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
      headersTimeout: headersTimeoutMs,
      // Refused by the handler, in a Status.
      requireHostHeader: false,
    },
    // A body that is still arriving when its request has been answered with a timeout.
    requestTimeout: options.requestTimeoutMs + headersTimeoutMs,
    forceCloseConnections: true,
    // Bodies are read by the step that decodes them, after the caller has been let in.
    bodyLimit: Number.MAX_SAFE_INTEGER,
    frameworkErrors: (error, request, reply) =>
      void send(request.raw, reply.raw as ServerResponse, failure(badRequest(error.message)), [], {}),
    clientErrorHandler: answerClientError,
    schemaController: { compilersFactory: { buildValidator: noRouteHasSchema, buildSerializer: noRouteHasSchema } },
  }) as unknown as FastifyInstance;
  // Before Fastify looks at the media type, which is the decoder's to judge; and for any method, which is the dispatcher's.
  // It neither calls back nor returns a promise: what follows in Fastify is not wanted.
  app.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply) => {
    reply.hijack();
    // What does not come as an upgrade below is none: without `Connection: upgrade` the header says nothing.
    if (request.raw.headers.upgrade !== undefined) delete request.raw.headers.upgrade;
    noteRequest(request.raw, reply.raw as ServerResponse);
    void handle(chain, options, request.raw, reply.raw as ServerResponse);
  });
  app.setNotFoundHandler(() => undefined);
  app.server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    void handleUpgrade(chain, options, request, socket, head);
  });
  app.server.on('tlsClientError', () => tlsHandshakeErrors.inc());
  return app;
}

/** Opens the tunnel that an upgrade ends in. */
type TakeOver = (reply: Extract<Reply, { tunnel: unknown }>) => Promise<void>;

/** Answers a request. Never rejects: an answer that cannot be written ends its connection, and nothing else. */
async function handle(
  chain: Chain,
  options: ServerOptions,
  raw: IncomingMessage,
  response: ServerResponse,
  takeOver?: TakeOver,
): Promise<void> {
  try {
    await answer(chain, options, raw, response, takeOver);
  } catch (error) {
    options.logger.error({ err: error, method: raw.method, url: raw.url }, 'Cannot write an answer');
    raw.destroy();
  }
}

async function answer(
  chain: Chain,
  options: ServerOptions,
  raw: IncomingMessage,
  response: ServerResponse,
  takeOver: TakeOver | undefined,
): Promise<void> {
  const { shutdown, logger } = options;
  const began = performance.now();
  let call: Call | undefined;
  let leave: (() => void) | undefined;
  let bytes = 0;
  const id = auditId(raw);
  const headers: Headers = { 'audit-id': id, 'x-content-type-options': 'nosniff' };
  if (shutdown.begun) headers['connection'] = 'close';
  try {
    if (raw.headers.host === undefined && raw.httpVersion === '1.1') throw badRequest('missing required Host header');
    call = callOf(raw, takeOver ? raw.socket : response, shutdown, id);
    leave = shutdown.enter(call.info.path);
    const timeoutMs = timeoutOf(call.query, options.requestTimeoutMs);
    const reply = await withTimeout(serve(chain, call, raw.socket), call, timeoutMs);
    Object.assign(headers, call.replyHeaders);
    if ('body' in reply) {
      bytes = await send(raw, response, reply, call.warnings, headers);
    } else {
      for (const name in headers) response.setHeader(name, headers[name]!);
      const ended = countLongRunning(call);
      try {
        if ('stream' in reply) await reply.stream(response);
        else await takeOver?.(reply);
      } finally {
        ended();
      }
    }
  } catch (error) {
    const refusal = toApiError(error, logger);
    Object.assign(headers, call?.replyHeaders);
    // Who has not sent all of the request in time would hold its seat for as long as the connection lasts.
    if (refusal.reason === 'Timeout' && !raw.complete) headers['connection'] = 'close';
    bytes = await send(raw, response, failure(refusal), call?.warnings ?? [], headers);
  } finally {
    leave?.();
  }
  if (!call) return;
  const ms = performance.now() - began;
  countRequest(call, isServed(chain, call), response.statusCode, ms / 1000, bytes);
  if (response.destroyed && !response.writableFinished) countAborted(call);
  const { method, url } = raw;
  logger.debug({ method, url, user: call.user.name, status: response.statusCode, ms }, 'Request');
}

/** A name that the client gives its request, or a new one: it joins the lines that several logs have on it. */
function auditId({ headers }: IncomingMessage): string {
  const given = headers['audit-id'];
  return typeof given === 'string' && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Whether the path is one that is counted by name. */
function isServed({ registry }: Chain, { info }: Call): boolean {
  const { group, version, resource, subresource } = info;
  const kind = registry.resources.find(group, version, resource)?.kind;
  if (!kind) return false;
  if (subresource === '' || (subresource === 'status' && kind.status)) return true;
  return (subresource === 'scale' && kind.scale !== undefined) || Object.hasOwn(kind.subresources ?? {}, subresource);
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
  await answeredSoFar(socket);
  if (socket.destroyed) return;
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
function withTimeout(work: Promise<Reply>, call: Call, timeoutMs: number): Promise<Reply> {
  if (isLongRunning(call.info)) return work;
  return new Promise((resolve, reject) => {
    const waiting = { deadline: performance.now() + timeoutMs, expire: () => reject(tookTooLong()) };
    deadlines.add(waiting);
    work.then(
      (reply) => {
        deadlines.delete(waiting);
        resolve(reply);
      },
      (error: unknown) => {
        deadlines.delete(waiting);
        reject(error);
      },
    );
  });
}

const tookTooLong = (): ApiError =>
  new ApiError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {});

/** Anything that was thrown, as the error that the client gets. What nobody foresaw is logged. */
function toApiError(error: unknown, logger: Logger): ApiError {
  const known = foreseen(error);
  if (known) return known;
  logger.error({ err: error }, 'A request failed unexpectedly');
  return internalError(error instanceof Error ? error.message : String(error));
}
