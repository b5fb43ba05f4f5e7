/**
 * Port-forward over the channels of a WebSocket, as client libraries do that have no SPDY: for the ports that the query names,
 * channel 2n carries bytes and channel 2n+1 what went wrong. The first message of each channel is its port, in two bytes,
 * the lower one first. A channel cannot be closed by itself, so all end with the connection.
 *
 * Upstream: kubelet/pkg/cri/streaming/portforward/websocket.go
 */
import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Forward } from './forward.ts';
import { bytesOf, framingOf } from './remote-command-websocket.ts';

/** Forwards until all connections have ended, or the client closes. */
export async function serveChannels(
  socket: WebSocket,
  protocol: string,
  ports: readonly number[],
  forward: Forward,
): Promise<void> {
  const framing = framingOf(protocol);
  const write = (channel: number, bytes: Buffer, done?: () => void): void => {
    if (socket.readyState === socket.OPEN) socket.send(framing.write(channel, bytes), () => done?.());
    else done?.();
  };
  const streams = ports.map((port, index) => {
    const stream = new Duplex({
      read: () => void (socket.isPaused && socket.resume()),
      write: (chunk: Buffer, _encoding, done) => write(2 * index, chunk, done),
    });
    const name = Buffer.alloc(2);
    name.writeUInt16LE(port);
    write(2 * index, name);
    write(2 * index + 1, name);
    return stream;
  });
  socket.on('message', (data: RawData) => {
    const { channel = 0, payload } = framing.read(bytesOf(data));
    const stream = channel % 2 === 0 ? streams[channel / 2] : undefined;
    if (stream && !stream.destroyed && payload.length > 0 && !stream.push(payload)) socket.pause();
  });
  socket.on('error', () => socket.terminate());
  socket.on('close', () => {
    for (const stream of streams) stream.destroy();
  });
  await Promise.all(
    streams.map(async (stream, index) => {
      try {
        // Nothing more comes from this end once the pod has said all it will.
        stream.once('finish', () => stream.push(null));
        await forward(ports[index]!, stream);
      } catch (error) {
        write(2 * index + 1, Buffer.from((error as Error).message));
      }
    }),
  );
  socket.close(1000);
}
