/**
 * Load by `wrk`, a C client: connections that each send the next request as soon as the last one is answered. It has no client
 * certificate, so it shows a token.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../../test/harness/run.ts';
import { scratch } from '../scratch.ts';

/** The requests of a load. `{n}` in URL and body is a name, `{i}` a number that grows; a URL has it as `%7Bn%7D` never. */
export interface Load {
  url: string;
  method?: string;
  type?: string;
  body?: string;
  /** How names begin: loads with names of their own need different ones. */
  prefix?: string;
  /** Names `PREFIX0`, `PREFIX1`, ... are used in turn; 0: each once. */
  names?: number;
  connections: number;
  /** Who asks; an administrator by default. */
  token?: string;
}

export interface Measured {
  /** Answers a second. */
  rate: number;
  p50: number;
  p99: number;
}

interface Summary {
  microseconds: number;
  requests: number;
  bytes: number;
  failed: number;
  refused: number;
  p50: number;
  p99: number;
}

export const token = 'benchmark';

/** Runs the load for some seconds. Throws when a request failed or was not answered with success. */
export async function wrk(load: Load, seconds: number): Promise<Record<keyof Measured, number>> {
  const { microseconds, requests, failed, refused, p50, p99 } = parse(
    await output('wrk', argumentsOf(load, seconds), { timeoutMs: (seconds + 30) * 1000 }),
  );
  if (requests === 0 || failed > 0 || refused > 0) {
    throw new Error(`${load.method ?? 'GET'} ${load.url}: ${requests} answers, ${failed} failed, ${refused} refused`);
  }
  return { rate: requests / (microseconds / 1e6), p50: p50 / 1000, p99: p99 / 1000 };
}

/** Connections that ask once and then read what comes without end; `stop` tells how many bytes that was. */
export function drain(load: Load): { stop(): Promise<number> } {
  const child: ChildProcess = spawn('wrk', argumentsOf(load, 3600), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  return {
    async stop() {
      child.kill('SIGINT');
      await ended;
      return parse(text).bytes;
    },
  };
}

const script = join(import.meta.dirname, 'load.lua');
let bodies = 0;

function argumentsOf(
  {
    url,
    method = 'GET',
    type = 'application/json',
    body,
    prefix = '',
    names = 0,
    connections,
    token: shown = token,
  }: Load,
  seconds: number,
) {
  const file = body === undefined ? '' : join(scratch(), `body-${bodies++}`);
  if (body !== undefined) writeFileSync(file, body);
  return [
    ...['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', '30s', '-s', script, url],
    ...['--', method, type, shown, file, prefix, String(names)],
  ];
}

function parse(text: string): Summary {
  const line = /^\{.*\}$/m.exec(text)?.[0];
  if (!line) throw new Error(`wrk failed:\n${text}`);
  return JSON.parse(line) as Summary;
}
