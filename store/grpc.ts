/**
 * The gRPC server: routes the requests of its HTTP/2 connections to the handlers.
 *
 *     http2/connection.ts -> GrpcServer: which handler, is it gRPC at all -> grpc-call.ts -> Handler
 *
 * Upstream: google.golang.org/grpc internal/transport/http2_server.go, with its refusals and texts. Left out: compression,
 * metadata of the application's.
 */
import type { Server as Listener, Socket } from 'node:net';
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';
import type { Logger } from '../client/component/log.ts';
import { Deadlines } from '../client/deadlines.ts';
import { type CallContext, StreamingCall, UnaryCall } from './grpc-call.ts';
import { acceptedEncodings, errorOnly, parseTimeout } from './grpc-status.ts';
import type { Handler } from './handlers.ts';
import { type Application, Connection } from './http2/connection.ts';
import { limits } from './http2/limits.ts';
import type { ConnectionReceiveWindow } from './http2/receive-window.ts';
import { headerValue, type Request } from './http2/request.ts';
import { nobody, type Receiver, type Stream } from './http2/stream.ts';

/** What etcd adds to its request limit for the envelope. */
const messageOverheadBytes = 512 * 1024;

/** A server that is not listening yet. */
export const createServer = (handlers: Handler[], maxRequestBytes: number): GrpcServer =>
  new GrpcServer(handlers, maxRequestBytes + messageOverheadBytes);

export class GrpcServer {
  readonly #handlers: Map<string, Handler>;
  readonly #maxMessageBytes: number;
  readonly #deadlines = new Deadlines();
  readonly #listeners: Listener[] = [];
  readonly #connections = new Set<Connection>();
  /** Of connections, and of those that are not that far: in the middle of a TLS handshake. */
  readonly #sockets = new Set<Socket>();

  constructor(handlers: Handler[], maxMessageBytes: number) {
    this.#handlers = new Map(handlers.map((handler) => [handler.path, handler]));
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Closes it with the server. */
  addListener(listener: Listener): void {
    this.#listeners.push(listener);
    listener.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** Serves a connection: a client's socket, with TLS done. */
  serve(socket: Socket, logger: Logger): void {
    const application: Application = {
      accept: (stream, request, window) => this.#accept(stream, request, window),
      failed: (error) => logger.error({ err: error }, 'A connection failed'),
    };
    const connection = new Connection(socket, application);
    this.#connections.add(connection);
    connection.closed.then(() => this.#connections.delete(connection));
  }

  /** Ends all calls and connections. Resolves when that is done, and nothing listens any more. */
  async close(): Promise<void> {
    const listeners = this.#listeners.map((listener) => {
      return new Promise<void>((resolve) => listener.close(() => resolve()));
    });
    for (const connection of this.#connections) connection.close();
    this.#deadlines.stop();
    const timer = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, limits.lingerMs);
    await Promise.all(listeners);
    clearTimeout(timer);
  }

  #accept(stream: Stream, request: Request, window: ConnectionReceiveWindow): Receiver {
    const refusal = refusalOf(stream, request);
    if (refusal) {
      stream.end(refusal);
      return nobody;
    }
    const handler = this.#handlers.get(request.path);
    if (!handler) {
      stream.end(errorOnly(unknownMethod(request.path)));
      return nobody;
    }
    const timeout = headerValue(request.fields, 'grpc-timeout');
    const deadline = timeout === undefined ? undefined : performance.now() + parseTimeout(timeout)!;
    const maxMessageBytes = this.#maxMessageBytes;
    const context: CallContext = { stream, window, deadlines: this.#deadlines, deadline, maxMessageBytes };
    return handler.kind === 'unary' ? new UnaryCall(handler, context) : new StreamingCall(handler, context);
  }
}

/** The answer to a request that is not a gRPC call, or not one that is served. */
function refusalOf(stream: Stream, { method, fields }: Request): Buffer | undefined {
  const contentType = headerValue(fields, 'content-type') ?? '';
  if (!/^application\/grpc(?:[+;]|$)/i.test(contentType)) {
    const text = `invalid gRPC request content-type ${JSON.stringify(contentType)}`;
    return errorOnly(new EtcdError(grpcCode.invalidArgument, text), 415);
  }
  if (method !== 'POST') {
    const text = `Received a HEADERS frame with :method ${JSON.stringify(method)} which should be POST`;
    return errorOnly(new EtcdError(grpcCode.internal, text), 405);
  }
  const timeout = headerValue(fields, 'grpc-timeout');
  if (timeout !== undefined && parseTimeout(timeout) === undefined) {
    return errorOnly(new EtcdError(grpcCode.internal, `malformed grpc-timeout: ${JSON.stringify(timeout)}`), 400);
  }
  const encoding = headerValue(fields, 'grpc-encoding');
  if (encoding !== undefined && encoding !== 'identity') {
    const text = `grpc: Decompressor is not installed for grpc-encoding ${JSON.stringify(encoding)}`;
    return Buffer.concat([errorOnly(new EtcdError(grpcCode.unimplemented, text)), acceptedEncodings]);
  }
  if (stream.queuedOnConnection > limits.queuedBytes) {
    const text = `the client does not read its answers: more than ${limits.queuedBytes} bytes wait for it`;
    return errorOnly(new EtcdError(grpcCode.resourceExhausted, text));
  }
  return undefined;
}

function unknownMethod(path: string): EtcdError {
  const [, service, method] = /^\/?(.+)\/([^/]*)$/.exec(path) ?? [];
  const text =
    service === undefined
      ? `malformed method name: ${JSON.stringify(path)}`
      : `unknown method ${method} for service ${service}`;
  return new EtcdError(grpcCode.unimplemented, text);
}
