/**
 * A log over a WebSocket, as browsers read it: every message is a piece of it.
 *
 * The library is loaded with the first of them.
 *
 * Upstream: apimachinery/pkg/util/httpstream/wsstream/stream.go
 */
import type { Readable } from 'node:stream';
import { badRequest } from '../../api/errors.ts';
import type { Call, Tunnel } from '../request/call.ts';

const protocols = ['binary.k8s.io', 'base64.binary.k8s.io'];

/** Whether the client asks for a WebSocket. */
export const asksWebSocket = ({ headers }: Call): boolean => headers.upgrade?.toLowerCase() === 'websocket';

/** Completes the upgrade and copies `source` at the reader's pace. Throws a 400 when the client speaks none of our protocols. */
export async function overWebSocket(call: Call, source: Readable): Promise<Tunnel> {
  const asked = (call.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const protocol = asked.find((name) => name === '' || protocols.includes(name));
  if (protocol === undefined) {
    source.destroy();
    throw badRequest(`unable to upgrade: the WebSocket protocols ${asked.join(', ')} are not supported`);
  }
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => protocol });
  const encode = (chunk: Buffer): Buffer | string => (protocol.startsWith('base64') ? chunk.toString('base64') : chunk);
  return {
    tunnel: (client, head) =>
      new Promise((resolve) => {
        client.once('close', resolve);
        server.handleUpgrade(call.raw, client, head, async (socket) => {
          socket.on('error', () => socket.terminate()).on('close', () => source.destroy());
          // A first, empty message tells that the log is open.
          socket.send(encode(Buffer.alloc(0)));
          try {
            for await (const chunk of source as AsyncIterable<Buffer>)
              await new Promise<void>((done) => socket.send(encode(chunk), () => done()));
            socket.close(1000);
          } catch {
            // The kubelet's end broke: so does this one.
            socket.close(1011);
          }
        });
      }),
  };
}
