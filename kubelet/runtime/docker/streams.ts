/**
 * What flows in and out of a container: exec, attach and logs.
 *
 * Without a terminal Docker sends both outputs as frames over one connection: one byte of stream number, three of
 * padding, four of length.
 */
import { type Duplex, Readable, type Writable } from 'node:stream';
import type Docker from 'dockerode';
import type { ContainerStats, LogOptions, StreamOptions, TerminalSize } from '../runtime.ts';
import { call } from './errors.ts';

/** Runs a command; resolves with its exit code. */
export async function execInContainer(
  docker: Docker,
  id: string,
  command: string[],
  streams: StreamOptions,
): Promise<number> {
  const exec = (await call(
    docker.getContainer(id).exec({
      Cmd: command,
      AttachStdin: streams.stdin !== undefined,
      AttachStdout: true,
      AttachStderr: true,
      Tty: streams.tty,
    }),
  ))!;
  const connection = (await call(exec.start({ hijack: true, stdin: streams.stdin !== undefined, Tty: streams.tty })))!;
  void followResize(streams, (size) => exec.resize({ w: size.width, h: size.height }));
  await pump(connection, streams, true);
  return exitCodeOf(exec);
}

/** The output ends a moment before the daemon has recorded how the command ended. */
async function exitCodeOf(exec: Docker.Exec): Promise<number> {
  for (let waited = 0; ; waited += 20) {
    const info = (await call(exec.inspect()))!;
    if (!info.Running || waited > 5000) return info.ExitCode ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Connects to the main process of a container. */
export async function attachToContainer(docker: Docker, id: string, streams: StreamOptions): Promise<void> {
  const container = docker.getContainer(id);
  const { Config } = (await call(container.inspect()))!;
  const connection = (await call(
    container.attach({ stream: true, hijack: true, stdin: streams.stdin !== undefined, stdout: true, stderr: true }),
  ))!;
  void followResize(streams, (size) => container.resize({ w: size.width, h: size.height }));
  // A container that is to keep its stdin is not told of this one's end, of which Docker would make the end of the attachment.
  await pump(connection as unknown as Duplex, streams, Config.StdinOnce);
}

/** A size that comes before the process has its terminal, or after it ended, is of no consequence. */
async function followResize(streams: StreamOptions, resize: (size: TerminalSize) => Promise<unknown>): Promise<void> {
  if (!streams.resize) return;
  for await (const size of streams.resize) await resize(size).catch(() => undefined);
}

async function pump(connection: Duplex, streams: StreamOptions, endStdin: boolean): Promise<void> {
  const abort = (): void => void connection.destroy();
  if (streams.signal.aborted) abort();
  streams.signal.addEventListener('abort', abort, { once: true });
  if (streams.stdin) streams.stdin.pipe(connection, { end: endStdin });
  try {
    await readOutput(connection, streams.tty, streams.stdout, streams.stderr);
  } finally {
    streams.signal.removeEventListener('abort', abort);
    streams.stdin?.unpipe(connection);
    connection.destroy();
  }
  streams.signal.throwIfAborted();
}

/** Copies the container's log to the two outputs. */
export async function copyLogs(docker: Docker, id: string, options: LogOptions): Promise<void> {
  const container = docker.getContainer(id);
  const { Config } = (await call(container.inspect()))!;
  const query = {
    stdout: true,
    stderr: true,
    timestamps: options.timestamps,
    ...(options.tail !== undefined && { tail: options.tail }),
    ...(options.since !== undefined && { since: options.since / 1000 }),
  };
  if (!options.follow) {
    const whole = (await call(container.logs({ ...query, follow: false })))!;
    return readOutput(Readable.from([whole]), Config.Tty, options.stdout, options.stderr);
  }
  const stream = (await call(container.logs({ ...query, follow: true }))) as Readable;
  const abort = (): void => void stream.destroy();
  options.signal.addEventListener('abort', abort, { once: true });
  try {
    await readOutput(stream, Config.Tty, options.stdout, options.stderr);
  } finally {
    options.signal.removeEventListener('abort', abort);
  }
}

/** Reads to the end, honouring the readers' pace. A connection that was cut counts as the end. */
async function readOutput(
  source: Readable,
  tty: boolean,
  stdout: Writable | undefined,
  stderr: Writable | undefined,
): Promise<void> {
  const demultiplexer = new FrameReader();
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      const parts = tty ? [{ stream: 1, data: chunk }] : demultiplexer.push(chunk);
      for (const { stream, data } of parts) {
        const sink = stream === 2 ? stderr : stdout;
        if (sink && !sink.destroyed && !sink.write(data)) await drained(sink);
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ECONNRESET') throw error;
  }
}

const drained = (sink: Writable): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done).off('close', done);
      resolve();
    };
    sink.on('drain', done).on('close', done);
  });

/** Splits Docker's frames; a frame may come in pieces, and is passed on as it comes. */
class FrameReader {
  #header = Buffer.alloc(0);
  #stream = 1;
  #remaining = 0;

  push(chunk: Buffer): { stream: number; data: Buffer }[] {
    const parts: { stream: number; data: Buffer }[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#remaining === 0) {
        const missing = 8 - this.#header.length;
        this.#header = Buffer.concat([this.#header, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#header.length < 8) break;
        this.#stream = this.#header[0]!;
        this.#remaining = this.#header.readUInt32BE(4);
        this.#header = Buffer.alloc(0);
        continue;
      }
      const data = rest.subarray(0, this.#remaining);
      parts.push({ stream: this.#stream, data });
      this.#remaining -= data.length;
      rest = rest.subarray(data.length);
    }
    return parts;
  }
}

interface DockerStats {
  read: string;
  cpu_stats?: { cpu_usage?: { total_usage?: number } };
  memory_stats?: { usage?: number; stats?: { total_inactive_file?: number; inactive_file?: number } };
}

/** One sample of what the container uses; undefined when it does not run. */
export async function readStats(docker: Docker, id: string): Promise<ContainerStats | undefined> {
  const stats = (await call(
    docker.getContainer(id).stats({ stream: false, 'one-shot': true } as { stream: false }),
    [404, 409],
  )) as DockerStats | undefined;
  const usage = stats?.memory_stats?.usage;
  if (!stats || usage === undefined) return undefined;
  const inactive = stats.memory_stats?.stats?.total_inactive_file ?? stats.memory_stats?.stats?.inactive_file ?? 0;
  return {
    timestamp: Date.parse(stats.read),
    cpuUsageNanoseconds: stats.cpu_stats?.cpu_usage?.total_usage ?? 0,
    memoryUsageBytes: usage,
    memoryWorkingSetBytes: Math.max(0, usage - inactive),
  };
}
