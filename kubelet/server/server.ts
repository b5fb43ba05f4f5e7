/**
 * The node's HTTPS server, which the API server calls for logs, exec, attach and port-forward.
 *
 * Upstream: pkg/kubelet/server/server.go. Left out: checkpoint, debug handlers.
 */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Pod } from '../../api/types.ts';
import { answerHealth, type Checks, type Closer } from '../../client/component/health.ts';
import type { Logger } from '../../client/component/log.ts';
import type { ServingCertificate } from '../certificates/kubelet-certificates.ts';
import { type Runtime, RuntimeError } from '../runtime/runtime.ts';
import type { Admit } from './auth/admit.ts';
import { serveContainerLogs } from './container-logs.ts';
import type { PodLookup } from './find-container.ts';
import { HttpError } from './http-error.ts';
import { parsePortForward, servePortForward } from './port-forward.ts';
import { parseRemoteCommand, serveRemoteCommand } from './remote-command.ts';
import { statsSummary } from './stats-summary.ts';
import { type Upgrade, upgradeKind } from './upgrade.ts';

export interface KubeletServerOptions {
  host: string;
  port: number;
  certificate: ServingCertificate;
  /** CA of the client certificates that count; without it none does. */
  clientCaFile: string | undefined;
  /** Who may do what. */
  admit: Admit;
  nodeName: string;
  runtime: Runtime;
  lookup: PodLookup;
  pods(): Pod[];
  checks: Checks;
  /** How long a connection of exec, attach or port-forward may be silent. */
  idleTimeoutMs: number;
  logger: Logger;
}

type Target = [namespace: string, pod: string, container: string];

/** Splits `/exec/default/web/app` into what and where. Some requests also name the pod's UID before the container. */
function route(path: string): { what: string; target: Target } | undefined {
  const [what = '', ...parts] = path.slice(1).split('/').map(decodeURIComponent);
  const [namespace = '', pod = '', ...rest] = parts;
  const named =
    what === 'portForward' ? parts.length === 2 || parts.length === 3 : parts.length === 3 || parts.length === 4;
  return named ? { what, target: [namespace, pod, rest.at(-1) ?? ''] } : undefined;
}

/** Starts the server. Rejects when it cannot listen, or cannot read its certificate. */
export async function serveKubelet(options: KubeletServerOptions): Promise<Closer & { port: number }> {
  const { host, port, clientCaFile, logger } = options;
  const ca = clientCaFile ? readFileSync(clientCaFile) : [];
  const server = createServer({
    ...options.certificate.current,
    ca,
    requestCert: true,
    rejectUnauthorized: false,
  });
  options.certificate.keep(({ cert, key }) => server.setSecureContext({ cert, key, ca }));
  server.on('request', (request, response) => {
    serve(options, request, response).catch((error: Error) => {
      const { status, message } = describe(error);
      if (status === 500) logger.error({ err: error, url: request.url }, 'Request failed');
      if (response.headersSent) response.destroy();
      else response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${message}\n`);
    });
  });
  server.on('upgrade', (request, socket: Socket, head) => {
    socket.on('error', () => socket.destroy());
    socket.setTimeout(options.idleTimeoutMs, () => socket.destroy());
    upgrade(options, { request, socket, head }).catch((error: Error) => {
      const { status, message } = describe(error);
      refuse(socket, status, message);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
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

function describe(error: Error): { status: number; message: string } {
  if (error instanceof HttpError) return error;
  if (error instanceof URIError) return { status: 400, message: 'the path is not valid' };
  const status = error instanceof RuntimeError && error.code === 'NotFound' ? 404 : 500;
  return { status, message: error.message };
}

function refuse(socket: Duplex, status: number, message: string): void {
  const body = `${message}\n`;
  const reasons: Record<number, string> = {
    400: 'Bad Request',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
  };
  const head = [
    `HTTP/1.1 ${status} ${reasons[status] ?? 'Internal Server Error'}`,
    'content-type: text/plain; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** The one reading of a request's path: what is asked for when it is admitted is what is served. */
function urlOf({ url = '/' }: IncomingMessage): URL {
  const read = URL.parse(url, 'https://kubelet');
  if (!read) throw new HttpError(400, 'the path is not valid');
  return read;
}

async function serve(options: KubeletServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request);
  await options.admit(request, url.pathname);
  const { runtime, lookup, nodeName, pods } = options;
  const json = (body: unknown): void =>
    void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const health = await answerHealth(url.pathname, url.searchParams, options.checks);
  if (health) {
    response.writeHead(health.status, { 'content-type': health.contentType }).end(health.body);
    return;
  }
  if (url.pathname === '/pods') return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods() });
  if (url.pathname === '/stats/summary') return json(await statsSummary(runtime, lookup, nodeName, pods()));
  const found = route(url.pathname);
  if (found?.what === 'containerLogs')
    return serveContainerLogs(runtime, lookup, found.target, url.searchParams, request, response);
  if (found && ['exec', 'attach', 'portForward'].includes(found.what)) upgradeKind(request);
  throw new HttpError(404, '404 page not found');
}

async function upgrade({ runtime, lookup, admit }: KubeletServerOptions, upgrade: Upgrade): Promise<void> {
  const url = urlOf(upgrade.request);
  await admit(upgrade.request, url.pathname);
  const found = route(url.pathname);
  switch (found?.what) {
    case 'exec':
    case 'attach': {
      const remote = await parseRemoteCommand(lookup, found.what, found.target, url.searchParams);
      return serveRemoteCommand(runtime, upgrade, remote);
    }
    case 'portForward':
      return servePortForward(runtime, upgrade, await parsePortForward(lookup, found.target, url.searchParams));
    default:
      throw new HttpError(404, '404 page not found');
  }
}
