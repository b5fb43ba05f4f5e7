/** Load by `h2load`, a C client that sends one and the same HTTP/2 request over and over. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../../test/harness/run.ts';
import { scratch } from '../scratch.ts';
import { grpcFrame } from './requests.ts';

export interface Load {
  endpoint: string;
  /** The method's gRPC path. */
  path: string;
  /** The encoded message. */
  request: Buffer;
  inFlight: number;
  durationMs: number;
}

const warmUpMs = 200;

/**
 * Answered requests a second, over one connection. An HTTP answer of 200 is not a gRPC success: callers check what the
 * requests have done.
 */
export async function h2load({ endpoint, path, request, inFlight, durationMs }: Load): Promise<Record<'rate', number>> {
  const body = join(scratch(), 'body');
  writeFileSync(body, grpcFrame(request));
  const text = await output('h2load', [
    ...['-c', '1', '-m', String(inFlight), '-D', `${durationMs}ms`, '--warm-up-time', `${warmUpMs}ms`, '-d', body],
    ...['-H', 'content-type: application/grpc', '-H', 'te: trailers', `${endpoint}${path}`],
  ]);
  return { rate: parseH2load(text) };
}

/** Requests a second as h2load reports them; throws unless every one was answered with 200. */
export function parseH2load(text: string): number {
  const rate = /^finished in .*, ([\d.]+) req\/s/m.exec(text)?.[1];
  const failed = /, (\d+) failed, (\d+) errored, (\d+) timeout/.exec(text);
  if (!rate || !failed || failed.slice(1).some((count) => count !== '0')) throw new Error(`h2load failed:\n${text}`);
  return Number(rate);
}
