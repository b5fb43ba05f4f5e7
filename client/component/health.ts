/**
 * `/healthz`, `/livez`, `/readyz` (with `?verbose`, `?exclude=CHECK`, or `/readyz/CHECK` alone), and `/metrics` in Prometheus text: the small server that every
 * process without an API of its own listens with, and the answers for those that have one.
 *
 * Upstream: apiserver/pkg/server/healthz, component-base/metrics
 */
import { readFileSync } from 'node:fs';
import { createServer as createHttp, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Gauge, register } from 'prom-client';

/** A named readiness check: throws, or rejects, with the reason while it fails. */
export type Checks = Record<string, () => void | Promise<void>>;

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

/**
 * The answer for a health or metrics path; undefined when the path is neither. `checks` are those of readiness; liveness has
 * its own, because a process that cannot serve yet is alive.
 */
export async function answerHealth(
  path: string,
  query: URLSearchParams,
  checks: Checks,
  liveness: Checks = {},
): Promise<Answer | undefined> {
  if (path === '/metrics') return { status: 200, contentType: register.contentType, body: await register.metrics() };
  const [, probe, single] = /^\/(healthz|livez|readyz)(?:\/(.+))?$/.exec(path) ?? [];
  if (!probe) return undefined;
  const all: Checks = { ping: () => undefined, ...(probe === 'livez' ? liveness : checks) };
  if (single) {
    if (!Object.hasOwn(all, single)) return text(404, '404 page not found\n');
    const error = await errorOf(all[single]!);
    return error === undefined ? text(200, 'ok') : text(500, `internal server error: ${error}\n`);
  }
  const excluded = new Set(query.getAll('exclude').filter((name) => name !== ''));
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of Object.entries(all)) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const error = await errorOf(check);
    if (error !== undefined) failed = true;
    lines.push(error === undefined ? `[+]${name} ok` : `[-]${name} failed: ${error}`);
  }
  if (excluded.size > 0) {
    const names = [...excluded].map((name) => JSON.stringify(name)).join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  if (!failed && !query.has('verbose')) return text(200, 'ok');
  return text(failed ? 500 : 200, `${lines.join('\n')}\n${probe} check ${failed ? 'failed' : 'passed'}\n`);
}

/** What a check says is wrong; undefined when nothing is. */
async function errorOf(check: Checks[string]): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const text = (status: number, body: string): Answer => ({ status, contentType: 'text/plain; charset=utf-8', body });

export interface HealthOptions {
  /** Answers paths that only this process has; undefined for others. */
  answer?: (url: URL) => Answer | undefined;
  host: string;
  /** 0 turns the server off, as in Kubernetes. */
  port: number;
  checks: Checks;
  /** With both, the server speaks HTTPS. */
  certFile?: string | undefined;
  keyFile?: string | undefined;
}

export interface Closer {
  close(): Promise<void>;
}

/** Starts the server. Rejects when it cannot listen. */
export async function serveHealth(options: HealthOptions): Promise<Closer & { port: number }> {
  if (options.port === 0) return { port: 0, close: async () => undefined };
  const server = await createServer(options);
  server.on('request', (request, response) => {
    // Anybody who reaches the port may send what is no path: `//`.
    const url = URL.parse(request.url ?? '/', 'http://localhost');
    if (!url) {
      response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end('the path is not valid\n');
      return;
    }
    answerHealth(url.pathname, url.searchParams, options.checks).then(
      (answer) => {
        const { status, contentType, body } = answer ?? options.answer?.(url) ?? text(404, '404 page not found\n');
        response.writeHead(status, { 'content-type': contentType }).end(body);
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function createServer({ certFile, keyFile }: HealthOptions): Promise<Server> {
  if (!certFile || !keyFile) return createHttp();
  const { createServer: createHttps } = await import('node:https');
  return createHttps({ cert: readFileSync(certFile), key: readFileSync(keyFile) });
}

/** Registers the process figures that Prometheus' client libraries share. Sampled when asked for, so idle costs nothing. */
export function registerProcessMetrics(): void {
  const started = Date.now() / 1000 - process.uptime();
  const figures: [string, string, () => number][] = [
    ['process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss()],
    ['process_cpu_seconds_total', 'User and system CPU time spent in seconds.', cpuSeconds],
    ['process_start_time_seconds', 'Start time of the process since the epoch in seconds.', () => started],
    ['nodejs_heap_size_used_bytes', 'Heap in use in bytes.', () => process.memoryUsage().heapUsed],
  ];
  for (const [name, help, sample] of figures) {
    new Gauge({
      name,
      help,
      collect() {
        this.set(sample());
      },
    });
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
