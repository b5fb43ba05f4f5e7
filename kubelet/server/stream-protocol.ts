/**
 * The remote command protocol over a WebSocket, as kubectl speaks it: each binary message starts with one byte that says
 * which stream it belongs to.
 *
 *     0 stdin   1 stdout   2 stderr   3 the outcome, a Status   4 terminal size   255 end of the stream named next (v5)
 *
 * Upstream: apimachinery/pkg/util/remotecommand, kubelet/pkg/cri/streaming/remotecommand
 */
import { PassThrough, Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { StreamOptions, TerminalSize } from '../runtime/runtime.ts';

export const streamProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

export interface StreamFlags {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

export interface StreamSession {
  streams: StreamOptions;
  /** Sends how it ended and closes. */
  finish(outcome: unknown): void;
}

/** Joins a connection to the streams of a command. The streams' signal aborts when the client goes away. */
export function openStreams(socket: WebSocket, flags: StreamFlags): StreamSession {
  const abort = new AbortController();
  const stdin = new PassThrough();
  const sizes = new SizeQueue();
  socket.on('message', (data: RawData) => {
    const message = Buffer.isBuffer(data) ? data : Buffer.concat([data].flat() as Buffer[]);
    const payload = message.subarray(1);
    if (message[0] === channel.stdin) {
      if (stdin.writableEnded || stdin.write(payload)) return;
      socket.pause();
      stdin.once('drain', () => socket.resume());
    } else if (message[0] === channel.close && payload[0] === channel.stdin) stdin.end();
    else if (message[0] === channel.resize) sizes.push(payload);
  });
  socket.on('close', () => {
    stdin.end();
    sizes.end();
    abort.abort();
  });
  socket.on('error', () => socket.terminate());
  return {
    streams: {
      stdin: flags.stdin ? stdin : undefined,
      stdout: flags.stdout ? sinkOf(socket, channel.stdout) : undefined,
      stderr: flags.stderr && !flags.tty ? sinkOf(socket, channel.stderr) : undefined,
      tty: flags.tty,
      resize: flags.tty ? sizes : undefined,
      signal: abort.signal,
    },
    finish(outcome) {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(frame(channel.error, Buffer.from(JSON.stringify(outcome))));
      socket.close(1000);
    },
  };
}

const frame = (id: number, data: Buffer): Buffer => Buffer.concat([Buffer.from([id]), data]);

const sinkOf = (socket: WebSocket, id: number): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      // What nobody reads any more is dropped; the abort ends its source.
      if (socket.readyState === socket.OPEN) socket.send(frame(id, chunk), () => done());
      else done();
    },
  });

/** Sizes as they come; only the newest matters. */
class SizeQueue implements AsyncIterable<TerminalSize> {
  #latest: TerminalSize | undefined;
  #ended = false;
  #wake: () => void = () => undefined;

  push(payload: Buffer): void {
    try {
      const { Width: width, Height: height } = JSON.parse(payload.toString()) as { Width?: number; Height?: number };
      if (!width || !height) return;
      this.#latest = { width, height };
      this.#wake();
    } catch {
      // A size that cannot be read leaves the terminal as it is.
      return;
    }
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<TerminalSize> {
    while (!this.#ended) {
      const size = this.#latest;
      this.#latest = undefined;
      if (size) yield size;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** The outcome of a command that ended with that code. */
export const exitStatus = (code: number): unknown =>
  code === 0
    ? { metadata: {}, status: 'Success' }
    : {
        metadata: {},
        status: 'Failure',
        message: `command terminated with non-zero exit code: exit status ${code}`,
        reason: 'NonZeroExitCode',
        details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
      };

/** The outcome of a command that could not be run. */
export const failureStatus = (message: string): unknown => ({
  metadata: {},
  status: 'Failure',
  message: `Internal error occurred: ${message}`,
  reason: 'InternalError',
  details: { causes: [{ message }] },
  code: 500,
});
