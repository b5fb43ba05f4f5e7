/** The gRPC server with a few handlers, for tests of what carries them. */
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { EtcdError, grpcCode } from '../../api/etcd-errors.ts';
import { silentLogger } from '../../client/component/log.ts';
import { createServer } from '../grpc.ts';
import type { Handler } from '../handlers.ts';
import type { Outgoing } from '../stream.ts';

/** Limit of a request; etcd's envelope comes on top. */
export const maxRequestBytes = 1024 * 1024;

export interface TestServer {
  address: { host: string; port: number };
  /** Open streams of `/test.Echo/Stream`, with what the handler was told. */
  streams: { out: Outgoing<Buffer>; closed: boolean; drained: number }[];
  /** Requests that `/test.Echo/Hang` has. */
  hanging: Buffer[];
  close(): Promise<void>;
}

/** `Call` answers what it got, `Size` so many bytes, `Fail` fails, `Hang` never answers, `Stream` echoes messages. */
export async function startTestServer(): Promise<TestServer> {
  const streams: TestServer['streams'] = [];
  const hanging: Buffer[] = [];
  const handlers: Handler[] = [
    { path: '/test.Echo/Call', kind: 'unary', call: async (request) => request },
    { path: '/test.Echo/Size', kind: 'unary', call: async (request) => Buffer.alloc(Number(request), 'x') },
    {
      path: '/test.Echo/Fail',
      kind: 'unary',
      call: async (request) => {
        throw new EtcdError(grpcCode.notFound, request.toString());
      },
    },
    {
      path: '/test.Echo/Hang',
      kind: 'unary',
      call: (request) => {
        hanging.push(request);
        return new Promise(() => undefined);
      },
    },
    {
      path: '/test.Echo/Stream',
      kind: 'bidi',
      open: (out) => {
        const stream = { out, closed: false, drained: 0 };
        streams.push(stream);
        out.onDrain(() => {
          stream.drained++;
        });
        return {
          outlivesRequests: false,
          receive: async (message) => {
            if (message.toString() === 'fail') throw new EtcdError(grpcCode.outOfRange, 'as asked');
            out.send(message);
          },
          close: () => {
            stream.closed = true;
          },
        };
      },
    },
  ];
  const server = createServer(handlers, maxRequestBytes);
  const listener = createTcpServer((socket) => server.serve(socket, silentLogger())).listen(0, '127.0.0.1');
  server.addListener(listener);
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as AddressInfo;
  return { address: { host: '127.0.0.1', port }, streams, hanging, close: () => server.close() };
}
