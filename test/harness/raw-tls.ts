/** A request written byte by byte: what no HTTP client would send. */
import { readFileSync } from 'node:fs';
import { connect } from 'node:tls';
import type { ApiServer } from './apiserver.ts';

/** Sends the text over a connection of its own, without a certificate, and returns all that comes back. */
export function sendRaw(server: ApiServer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: server.cluster.ports.apiserver,
      ca: readFileSync(server.pki('ca.crt')),
    });
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
    socket.write(text);
  });
}

/** A request with these header lines, after which the connection ends. */
export const requestText = (method: string, path: string, headers: string[], body = ''): string =>
  [
    `${method} ${path} HTTP/1.1`,
    'host: x',
    'connection: close',
    `content-length: ${body.length}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
