/**
 * Where the store listens: `--listen-client-urls` and the TLS flags, checked and made ready for gRPC.
 *
 * - `unix:///path`: only its owner may connect (mode 0600). The default.
 * - `https://host:port`: TLS; with `clientCertAuth` only for clients with a certificate of the trusted CA.
 * - `http://host:port`: plain text, on loopback addresses only.
 */
import { chmodSync, lstatSync, readFileSync, unlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { Logger } from '../client/component/log.ts';
import { bind } from './grpc.ts';

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

/** Listens at one URL. The URL that clients use: with the real port when 0 was asked for. */
export async function listen(server: Server, url: string, tls: TlsFiles, logger: Logger): Promise<string> {
  const parsed = parseClientUrl(url);
  if (parsed.scheme === 'unix') {
    await listenUnix(server, parsed.path);
    return url;
  }
  const { scheme, host, port } = parsed;
  if (scheme === 'http') {
    if (!isLoopback(host)) throw new Error(`refusing ${url}: plain http is served on loopback only, use https`);
    logger.warn({ url }, 'Serving without TLS: every user of this machine can read and change everything');
  }
  try {
    const bound = await bind(
      server,
      `${host}:${port}`,
      scheme === 'http' ? ServerCredentials.createInsecure() : secure(tls),
    );
    return `${scheme}://${host}:${bound}`;
  } catch (error) {
    throw new Error(`cannot listen on ${url}`, { cause: error });
  }
}

function secure({ certFile, keyFile, trustedCaFile, clientCertAuth }: TlsFiles): ServerCredentials {
  if (!certFile || !keyFile) throw new Error('https needs --cert-file and --key-file');
  if (clientCertAuth && !trustedCaFile) throw new Error('--client-cert-auth needs --trusted-ca-file');
  const ca = trustedCaFile ? readFileSync(trustedCaFile) : null;
  const pair = { cert_chain: readFileSync(certFile), private_key: readFileSync(keyFile) };
  return ServerCredentials.createSsl(ca, [pair], clientCertAuth);
}

async function listenUnix(server: Server, path: string): Promise<void> {
  await removeStaleSocket(path);
  // Nobody else may connect, not even between bind and chmod.
  const umask = process.umask(0o177);
  try {
    await bind(server, `unix://${path}`, ServerCredentials.createInsecure());
    chmodSync(path, 0o600);
  } catch (error) {
    throw new Error(`cannot listen on ${path}`, { cause: error });
  } finally {
    process.umask(umask);
  }
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
