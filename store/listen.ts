/**
 * Where the store listens: `--listen-client-urls` and the TLS flags, checked and made ready for gRPC.
 *
 * - `unix:///path`: only its owner may connect (mode 0600). The default.
 * - `https://host:port`: TLS; with `clientCertAuth` only for clients with a certificate of the trusted CA.
 * - `http://host:port`: plain text, on loopback addresses only.
 */
import { chmodSync, existsSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { type AddressInfo, connect, createServer as createTcpServer, type Server } from 'node:net';
import { dirname } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import type { Logger } from '../client/component/log.ts';
import type { GrpcServer } from './grpc.ts';
import { limits } from './http2/limits.ts';

export interface TlsFiles {
  certFile?: string | undefined;
  keyFile?: string | undefined;
  trustedCaFile?: string | undefined;
  clientCertAuth: boolean;
}

type ClientUrl = { scheme: 'unix'; path: string } | { scheme: 'http' | 'https'; host: string; port: number };

/** The kernel's limit for a socket's path. */
const maxSocketPath = 107;

/** Throws when the URL is of no form that is served. */
export function parseClientUrl(url: string): ClientUrl {
  const [, path] = /^unix:\/\/(\/.+)$/.exec(url) ?? [];
  if (path) {
    if (Buffer.byteLength(path) > maxSocketPath) {
      throw new Error(`socket path ${path} is longer than ${maxSocketPath} bytes: choose a shorter directory`);
    }
    return { scheme: 'unix', path };
  }
  const [, scheme, host, port] = /^(https?):\/\/(\[[0-9a-f:.]+\]|[^:/[\]]+):(\d+)\/?$/i.exec(url) ?? [];
  if (!scheme || !host || Number(port) > 65535) {
    throw new Error(`invalid client URL "${url}": expected unix:///path, https://host:port or http://127.0.0.1:port`);
  }
  return { scheme: scheme as 'http' | 'https', host, port: Number(port) };
}

const isLoopback = (host: string): boolean => /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(host);

/** Answers of a few bytes leave at once; a peer that vanished is noticed by the system. */
const socketOptions = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };

/** Listens at one URL. The URL that clients use: with the real port when 0 was asked for. */
export async function listen(server: GrpcServer, url: string, tls: TlsFiles, logger: Logger): Promise<string> {
  const parsed = parseClientUrl(url);
  if (parsed.scheme === 'unix') {
    await listenUnix(server, parsed.path, logger);
    return url;
  }
  const { scheme, host, port } = parsed;
  if (scheme === 'http') {
    if (!isLoopback(host)) throw new Error(`refusing ${url}: plain http is served on loopback only, use https`);
    logger.warn({ url }, 'Serving without TLS: every user of this machine can read and change everything');
  }
  const listener = scheme === 'http' ? plain(server, logger) : secure(server, tls, logger);
  try {
    await bind(listener, { host: host.replace(/^\[|\]$/g, ''), port });
  } catch (error) {
    throw new Error(`cannot listen on ${url}`, { cause: error });
  }
  server.addListener(listener);
  return `${scheme}://${host}:${(listener.address() as AddressInfo).port}`;
}

const plain = (server: GrpcServer, logger: Logger): Server =>
  createTcpServer(socketOptions, (socket) => server.serve(socket, logger));

function secure(
  server: GrpcServer,
  { certFile, keyFile, trustedCaFile, clientCertAuth }: TlsFiles,
  logger: Logger,
): Server {
  if (!certFile || !keyFile) throw new Error('https needs --cert-file and --key-file');
  if (clientCertAuth && !trustedCaFile) throw new Error('--client-cert-auth needs --trusted-ca-file');
  const options = {
    ...socketOptions,
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    ca: trustedCaFile ? readFileSync(trustedCaFile) : undefined,
    requestCert: clientCertAuth,
    rejectUnauthorized: clientCertAuth,
    ALPNProtocols: ['h2'],
    handshakeTimeout: limits.prefaceMs,
  };
  const listener = createTlsServer(options, (socket) => server.serve(socket, logger));
  listener.on('tlsClientError', (error: Error & { reason?: string }, socket) => {
    logger.warn({ remote: socket.remoteAddress, reason: error.reason ?? error.message }, 'Rejected connection');
  });
  return listener;
}

function bind(listener: Server, address: { host: string; port: number } | { path: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen(address, () => {
      listener.off('error', reject);
      resolve();
    });
  });
}

async function listenUnix(server: GrpcServer, path: string, logger: Logger): Promise<void> {
  // What the system says of it would be about permissions.
  if (!existsSync(dirname(path))) throw new Error(`cannot listen on ${path}: there is no directory ${dirname(path)}`);
  await removeStaleSocket(path);
  const listener = plain(server, logger);
  // Nobody else may connect, not even between bind and chmod.
  const umask = process.umask(0o177);
  try {
    await bind(listener, { path });
    chmodSync(path, 0o600);
  } catch (error) {
    throw new Error(`cannot listen on ${path}`, { cause: error });
  } finally {
    process.umask(umask);
  }
  server.addListener(listener);
}

/** A killed store leaves its socket behind. One that somebody answers on, or another kind of file, stays. */
async function removeStaleSocket(path: string): Promise<void> {
  const file = lstatSync(path, { throwIfNoEntry: false });
  if (!file) return;
  if (!file.isSocket()) throw new Error(`cannot listen on ${path}: a file that is not a socket is in the way`);
  if (await answers(path)) throw new Error(`cannot listen on ${path}: another process listens there`);
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
