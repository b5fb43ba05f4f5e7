/**
 * Remote commands over SPDY: the client begins one stream for each of error, stdin, stdout, stderr and resize, and names it in
 * the header `streamType`. The command starts when all of them are there.
 *
 * Upstream: kubelet/pkg/cri/streaming/remotecommand/httpstream.go
 */
import { PassThrough, Writable } from 'node:stream';
import type { SpdyStream } from '../../client/spdy/session.ts';
import { encodeStatus } from './command-status.ts';
import type { StreamFlags, StreamSession } from './stream-session.ts';
import { TerminalSizes } from './terminal-sizes.ts';
import { acceptSpdy, spdyProtocol, type Upgrade, untilClosed } from './upgrade.ts';

const protocols = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io'];
const withResize = ['v4.channel.k8s.io', 'v3.channel.k8s.io'];
const creationMs = 30_000;

type StreamType = 'error' | 'stdin' | 'stdout' | 'stderr' | 'resize';

/** The streams that the client will begin. */
export function expectedStreams(flags: StreamFlags, protocol: string): StreamType[] {
  const asked = (['stdin', 'stdout', 'stderr'] as const).filter((type) => flags[type]);
  return ['error', ...asked, ...(flags.tty && withResize.includes(protocol) ? (['resize'] as const) : [])];
}

/** Completes the upgrade and waits for the streams. Rejects when they do not come. */
export async function openSpdy(upgrade: Upgrade, flags: StreamFlags): Promise<StreamSession> {
  const protocol = spdyProtocol(upgrade.request, protocols, 'channel.k8s.io');
  const expected = expectedStreams(flags, protocol);
  const streams: Partial<Record<StreamType, SpdyStream>> = {};
  const complete = Promise.withResolvers<void>();
  const session = acceptSpdy(upgrade, protocol, (stream) => {
    const type = stream.headers['streamtype'] as StreamType;
    if (!expected.includes(type) || streams[type]) return stream.reset();
    streams[type] = stream;
    stream.reply();
    if (expected.every((type) => streams[type])) complete.resolve();
  });
  const abort = new AbortController();
  void session.closed().then(() => {
    abort.abort();
    complete.reject(new Error('the client is gone'));
  });
  const timer = setTimeout(() => {
    complete.reject(new Error('timed out waiting for client to create streams'));
    session.close();
  }, creationMs);
  await complete.promise.finally(() => clearTimeout(timer));

  const sizes = new TerminalSizes();
  streams.resize?.on('data', (chunk: Buffer) => sizes.push(chunk));
  abort.signal.addEventListener('abort', () => sizes.end());
  const outputs = [streams.stdout, streams.stderr, streams.error];
  // The client sends nothing on these.
  for (const stream of outputs) stream?.resume();
  return {
    streams: {
      stdin: streams.stdin && inputOf(streams.stdin),
      stdout: streams.stdout && sinkOf(streams.stdout),
      stderr: streams.stderr && sinkOf(streams.stderr),
      tty: flags.tty,
      resize: flags.tty ? sizes : undefined,
      signal: abort.signal,
    },
    async finish(status) {
      const outcome = encodeStatus(status, protocol);
      if (outcome) streams.error?.write(outcome);
      for (const stream of [streams.stdin, streams.resize]) stream?.reset();
      for (const stream of outputs) stream?.end();
      await untilClosed(upgrade.socket);
    },
  };
}

/** Stdin that ends with the stream, however that ends. */
function inputOf(stream: SpdyStream): PassThrough {
  const input = new PassThrough();
  stream.pipe(input);
  stream.once('close', () => input.end());
  return input;
}

/** A sink that takes, and drops, what comes when the client no longer reads it. */
const sinkOf = (stream: SpdyStream): Writable =>
  new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (stream.destroyed) done();
      else stream.write(chunk, () => done());
    },
  });
