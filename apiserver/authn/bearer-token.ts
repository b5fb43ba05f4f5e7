/**
 * Where a token stands in a request: in `Authorization: Bearer TOKEN`, or, for a browser's WebSocket, which cannot set that
 * header, among its protocols as `base64url.bearer.authorization.k8s.io.` and the token in base64.
 *
 * Upstream: apiserver/pkg/authentication/request/{bearertoken,websocket}
 */
import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { InvalidCredentials } from './invalid-credentials.ts';

export interface FoundToken {
  token: string;
  /** The other protocols, when the token was one. */
  protocols?: string;
}

const protocolPrefix = 'base64url.bearer.authorization.k8s.io.';

/** The token; undefined when there is none. Throws an `InvalidCredentials` for one that cannot be read. */
export function readBearerToken(headers: IncomingHttpHeaders): FoundToken | undefined {
  if (headers.authorization !== undefined) {
    const [scheme = '', token] = headers.authorization.trim().split(' ', 2);
    if (token && scheme.toLowerCase() === 'bearer') return { token };
  }
  const protocols = headers['sec-websocket-protocol'];
  if (!protocols?.includes(protocolPrefix) || headers.upgrade?.toLowerCase() !== 'websocket') return undefined;
  return tokenAmong(protocols.split(',').map((protocol) => protocol.trim()));
}

function tokenAmong(protocols: string[]): FoundToken | undefined {
  const [encoded, another] = protocols.filter((protocol) => protocol.startsWith(protocolPrefix));
  if (another !== undefined) throw new InvalidCredentials('multiple base64.bearer.authorization tokens specified');
  if (encoded === undefined || encoded === protocolPrefix) return undefined;
  const text = encoded.slice(protocolPrefix.length);
  const token = Buffer.from(text, 'base64url');
  if (token.toString('base64url') !== text) {
    throw new InvalidCredentials('invalid base64.bearer.authorization token encoding');
  }
  if (!isUtf8(token)) throw new InvalidCredentials('invalid base64.bearer.authorization token');
  const others = protocols.filter((protocol) => !protocol.startsWith(protocolPrefix));
  if (others.length === 0) throw new InvalidCredentials('missing additional subprotocol');
  return { token: token.toString(), protocols: others.join(',') };
}
