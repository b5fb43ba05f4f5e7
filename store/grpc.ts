/**
 * The gRPC transport: carries the handlers' bytes over @grpc/grpc-js. A method that is not in the table is answered by
 * the library with Unimplemented and the method's name.
 */
import {
  logVerbosity,
  Metadata,
  Server,
  type ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  setLogVerbosity,
} from '@grpc/grpc-js';
import type { EtcdError } from '../api/etcd-errors.ts';
import type { Handler } from './handlers.ts';

/** What etcd adds to its request limit for the envelope. */
const messageOverheadBytes = 512 * 1024;

// What the library would print is thrown as well.
setLogVerbosity(logVerbosity.NONE);

const asIs = (bytes: Buffer): Buffer => bytes;

/** A server that is not listening yet. */
export function createServer(handlers: Handler[], maxRequestBytes: number): Server {
  const server = new Server({
    'grpc.max_receive_message_length': maxRequestBytes + messageOverheadBytes,
    'grpc.max_send_message_length': -1,
    // Every watch of an apiserver may be a stream of its own.
    'grpc.max_concurrent_streams': 100_000,
  });
  for (const handler of handlers) {
    if (handler.kind === 'unary') server.register(handler.path, unary(handler), asIs, asIs, 'unary');
    else server.register(handler.path, bidi(handler), asIs, asIs, 'bidi');
  }
  return server;
}

/** Listens at an address as gRPC writes it: `unix:///path` or `host:port`. */
export function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

const unary =
  (handler: Handler & { kind: 'unary' }) =>
  (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    handler.call(call.request).then(
      (response) => callback(null, response),
      (error: EtcdError) => callback({ code: error.code, details: error.message, metadata: new Metadata() }),
    );
  };

const bidi =
  (handler: Handler & { kind: 'bidi' }) =>
  (call: ServerDuplexStream<Buffer, Buffer>): void => {
    const incoming = handler.open({
      send: (response) => call.write(response),
      onDrain: (callback) => void call.on('drain', callback),
    });
    let open = true;
    const close = (): void => {
      if (open) incoming.close();
      open = false;
    };
    let unanswered: Promise<void> = Promise.resolve();
    call.on('data', (request: Buffer) => {
      const received = Promise.resolve(incoming.receive(request));
      unanswered = Promise.all([unanswered, received]).then(() => undefined);
      unanswered.catch((error: EtcdError) => {
        if (!open) return;
        close();
        call.emit('error', { code: error.code, details: error.message });
      });
    });
    // The client has sent everything; it still gets what it asked for.
    call.on('end', () => {
      if (incoming.outlivesRequests) return;
      unanswered.then(
        () => {
          close();
          call.end();
        },
        // Reported where the request failed.
        () => undefined,
      );
    });
    call.on('cancelled', close);
    // A broken connection: `cancelled` follows.
    call.on('error', () => undefined);
  };
