/**
 * Remote commands over a WebSocket: each message starts with one byte that says which stream it belongs to.
 *
 *     0 stdin   1 stdout   2 stderr   3 the outcome   4 terminal size   255 end of the stream named next (v5)
 *
 * The base64 forms of the protocols write that byte as a digit, and the rest in base64, for clients that know only text.
 *
 * Upstream: kubelet/pkg/cri/streaming/remotecommand/websocket.go, apimachinery/pkg/util/remotecommand
 */
import { PassThrough, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { encodeStatus } from './command-status.ts';
import type { StreamFlags, StreamSession } from './stream-session.ts';
import { TerminalSizes } from './terminal-sizes.ts';
import { acceptWebSocket, type Upgrade, webSocketProtocol } from './upgrade.ts';

const protocols = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Reads and writes messages of one protocol. */
export interface Framing {
  read(message: Buffer): { channel: number | undefined; payload: Buffer };
  write(channel: number, payload: Buffer): Buffer | string;
}

/** The way in which a protocol writes its messages. */
export const framingOf = (protocol: string): Framing =>
  protocol.includes('base64')
    ? {
        read: (message) => ({
          channel: message.length > 0 ? message[0]! - 48 : undefined,
          payload: Buffer.from(message.toString('latin1', 1), 'base64'),
        }),
        write: (id, payload) => `${id}${payload.toString('base64')}`,
      }
    : {
        read: (message) => ({ channel: message[0], payload: message.subarray(1) }),
        write: (id, payload) => Buffer.concat([Buffer.from([id]), payload]),
      };

/** The bytes of a message, which `ws` gives in one of three forms. */
export const bytesOf = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Buffer.concat([data].flat() as Buffer[]);

/** Completes the upgrade and joins the connection to the streams of a command. */
export async function openWebSocket(upgrade: Upgrade, flags: StreamFlags): Promise<StreamSession> {
  const protocol = webSocketProtocol(upgrade.request, protocols);
  const framing = framingOf(protocol);
  const socket = await acceptWebSocket(upgrade, protocol);
  const abort = new AbortController();
  const stdin = new PassThrough();
  const sizes = new TerminalSizes();
  socket.on('message', (data: RawData) => {
    const { channel: id, payload } = framing.read(bytesOf(data));
    if (id === channel.stdin) {
      if (!flags.stdin || stdin.writableEnded || stdin.write(payload)) return;
      socket.pause();
      stdin.once('drain', () => socket.resume());
    } else if (id === channel.close && payload[0] === channel.stdin) stdin.end();
    else if (id === channel.resize) sizes.push(payload);
  });
  socket.on('close', () => {
    stdin.end();
    sizes.end();
    abort.abort();
  });
  socket.on('error', () => socket.terminate());
  const sink = (id: number): Writable => sinkOf(socket, (chunk) => framing.write(id, chunk));
  // Clients of the older protocols take the first message for the sign that the command runs.
  const first = flags.stdout ? channel.stdout : flags.stderr ? channel.stderr : channel.error;
  socket.send(framing.write(first, Buffer.alloc(0)));
  return {
    streams: {
      stdin: flags.stdin ? stdin : undefined,
      stdout: flags.stdout ? sink(channel.stdout) : undefined,
      stderr: flags.stderr ? sink(channel.stderr) : undefined,
      tty: flags.tty,
      resize: flags.tty ? sizes : undefined,
      signal: abort.signal,
    },
    async finish(status) {
      if (socket.readyState !== socket.OPEN) return;
      // What the client still sends is of no use to anybody, and must not keep its answer to the close from us.
      stdin.resume();
      const outcome = encodeStatus(status, protocol);
      if (outcome) socket.send(framing.write(channel.error, outcome));
      socket.close(1000);
    },
  };
}

/** Writes at the reader's pace. */
const sinkOf = (socket: WebSocket, frame: (chunk: Buffer) => Buffer | string): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      // What nobody reads any more is dropped; the abort ends its source.
      if (socket.readyState === socket.OPEN) socket.send(frame(chunk), () => done());
      else done();
    },
  });
