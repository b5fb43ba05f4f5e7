/**
 * `/healthz`, `/livez`, `/readyz` (with `?verbose`), and `/metrics` in Prometheus text: the small server that every
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

/** The answer for a health or metrics path; undefined when the path is neither. */
export async function answerHealth(path: string, verbose: boolean, checks: Checks): Promise<Answer | undefined> {
  if (path === '/metrics') return { status: 200, contentType: register.contentType, body: await register.metrics() };
  const [, probe, single] = /^\/(healthz|livez|readyz)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (!probe) return undefined;
  // A process that cannot serve yet is alive: only readiness and the old healthz look at the checks.
  const all: Checks = { ping: () => undefined, ...(probe === 'livez' ? {} : checks) };
  if (single && !all[single]) return text(404, '404 page not found\n');
  const results: { name: string; error?: string }[] = [];
  for (const [name, check] of Object.entries(all)) {
    if (single && name !== single) continue;
    try {
      await check();
      results.push({ name });
    } catch (error) {
      results.push({ name, error: (error as Error).message });
    }
  }
  const failed = results.some((r) => r.error);
  if (!failed && !verbose) return text(200, 'ok');
  const lines = results.map((r) => (r.error ? `[-]${r.name} failed: ${r.error}` : `[+]${r.name} ok`));
  return text(failed ? 500 : 200, `${lines.join('\n')}\n${probe} check ${failed ? 'failed' : 'passed'}\n`);
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
    const url = new URL(request.url ?? '/', 'http://localhost');
    answerHealth(url.pathname, url.searchParams.has('verbose'), options.checks).then(
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
