/**
 * Passes a request on to a server inside of the cluster, and its answer back: bodies as they come, upgrades as a tunnel, links
 * and redirects led through the proxy again.
 *
 * Upstream: apimachinery/pkg/util/proxy/{upgradeaware,transport}.go. Certificates of the servers are not verified, as theirs
 * are not: a pod's address is in no certificate.
 */
import {
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { type ApiError, serviceUnavailable } from '../../api/errors.ts';
import { readRoutes, whyUnreachable } from '../../client/local-routes.ts';
import { dialFailure } from '../kubelet/client.ts';
import { tunnelTo } from '../kubelet/tunnel.ts';
import type { Call, Reply } from '../request/call.ts';
import type { Location } from './location.ts';
import { rewriteHtml, rewriteUrl, type Through } from './rewrite.ts';

/** Opens a request to the server behind the proxy. */
export type OpenRequest = (path: string, method: string, headers: OutgoingHttpHeaders) => Promise<ClientRequest>;

/** Pages longer than this pass as they are. */
const maxHtmlBytes = 4 * 1024 * 1024;
const dialTimeoutMs = 30_000;

const hopByHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const cors = ['credentials', 'headers', 'methods', 'origin'].map((what) => `access-control-allow-${what}`);

/** Requests to a pod or an endpoint. Throws a 503 for an address that is not of this machine. */
export const opener =
  ({ scheme, host, port }: Location, signal: AbortSignal): OpenRequest =>
  async (path, method, headers) => {
    const why = isIP(host) === 4 ? whyUnreachable(host, readRoutes()) : 'not an IPv4 address';
    if (why) throw unreachable(`dial tcp ${host}:${port}: ${why}`);
    const options = { host, port, path, method, headers, signal, agent: false } as const;
    const request = scheme === 'https' ? httpsRequest({ ...options, rejectUnauthorized: false }) : httpRequest(options);
    const timer = setTimeout(() => request.destroy(new Error('i/o timeout')), dialTimeoutMs);
    request.once('socket', (socket) => socket.once('connect', () => clearTimeout(timer)));
    request.once('close', () => clearTimeout(timer));
    return request;
  };

const unreachable = (why: string): ApiError => serviceUnavailable(`error trying to reach service: ${why}`);

/** A decoded path as it is sent: what was decided about is what the server there sees, however the client has spelled it. */
export const encodePath = (path: string): string => encodeURI(path).replace(/[?#]/g, encodeURIComponent);

/** What stands in for an answer that must not reach the client; undefined for one that may. */
export type Refuse = (answer: IncomingMessage) => Reply | undefined;

/** Passes the request on to `path` there. `prefix` is the path of the proxy itself. */
export async function forward(
  call: Call,
  prefix: string,
  path: string,
  location: Pick<Location, 'host' | 'port'>,
  open: OpenRequest,
  refuse: Refuse = () => undefined,
): Promise<Reply> {
  const upgrade = call.headers.upgrade !== undefined;
  const through = { prefix, hosts: [call.headers.host ?? '', `${location.host}:${location.port}`, location.host] };
  const headers = requestHeaders(call, prefix + path.split('?', 1)[0]!, upgrade);
  const request = await open(path, call.method, headers);
  const failed = (error: unknown): ApiError => unreachable(dialFailure(location, error));
  if (upgrade) {
    return tunnelTo(request, async (answer) => refuse(answer) ?? passBack(answer, call, through), failed);
  }
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    // Later errors are the answer's, which breaks off.
    request.on('error', (error) => reject(failed(error)));
    call.raw.pipe(request);
  });
  return refuse(answer) ?? passBack(answer, call, through);
}

/** The client's headers, without those of its connection, and without its credentials, which are not meant for the server. */
function requestHeaders(call: Call, uri: string, upgrade: boolean): OutgoingHttpHeaders {
  const { authorization: _, ...sent } = call.headers;
  const headers = withoutHopByHop(sent);
  // Without a length the body comes in chunks, whatever the method.
  if (call.headers['transfer-encoding'] !== undefined) headers['transfer-encoding'] = 'chunked';
  if (upgrade) Object.assign(headers, { connection: 'Upgrade', upgrade: call.headers.upgrade });
  const before = call.headers['x-forwarded-for'];
  return {
    ...headers,
    'x-forwarded-for': before ? `${String(before)}, ${call.remoteAddress}` : call.remoteAddress,
    'x-forwarded-uri': uri,
    // A page must be legible for its links to be rewritten.
    ...(!upgrade && { 'accept-encoding': 'identity' }),
  };
}

function withoutHopByHop(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)),
  );
}

function passBack(answer: IncomingMessage, call: Call, through: Through): Reply {
  return {
    async stream(response: ServerResponse) {
      const headers = withoutHopByHop(answer.headers);
      for (const name of cors) delete headers[name];
      const { location } = answer.headers;
      if (location) headers['location'] = rewriteUrl(location, through);
      const html = /^\s*text\/html\s*(;|$)/.test(answer.headers['content-type'] ?? '');
      const plain = !answer.headers['content-encoding'];
      const page =
        html && plain && !location && call.method !== 'HEAD' ? await wholeOf(answer).catch(broken) : undefined;
      if (page?.whole) {
        const body = Buffer.from(rewriteHtml(page.bytes.toString('utf8'), through));
        response.writeHead(answer.statusCode ?? 502, { ...headers, 'content-length': body.length });
        response.end(body);
        return;
      }
      response.writeHead(answer.statusCode ?? 502, headers);
      response.flushHeaders();
      if (page) response.write(page.bytes);
      // A connection that breaks in the middle is told to the client by the end of its own.
      await pipeline(answer, response).catch(() => response.destroy());
    },
  };
}

const broken = (error: Error): never => {
  throw unreachable(error.message);
};

/** The body, if it is not too long to be held; else as much as has been read. */
async function wholeOf(answer: IncomingMessage): Promise<{ whole: boolean; bytes: Buffer }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxHtmlBytes) return { whole: false, bytes: Buffer.concat(chunks) };
  }
  return { whole: true, bytes: Buffer.concat(chunks) };
}
