/**
 * The authentication step: who is calling? A client certificate signed by the cluster's CA gives the user (CN) and the
 * groups (O); so does a token of `--token-auth-file`, or of a service account. No certificate and no token is the anonymous
 * user; a certificate or token that is not good is a 401.
 *
 * Upstream: apiserver/pkg/authentication/request/{x509,union,anonymous}
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { unauthorized } from '../../api/errors.ts';
import type { Tokens } from './token-file.ts';
import { anonymous, type User } from './user.ts';

interface CertificateUser {
  user: User;
  notAfter: number;
}

/** A connection's certificate never changes, so it is read once. `undefined` stands for no certificate. */
const bySocket = new WeakMap<Socket, CertificateUser | 'rejected' | 'none'>();

/** The user of a service account's token, if it is good. */
export type AuthenticateToken = (token: string) => Promise<User | undefined>;

/**
 * The caller, by a promise only where a token has to be looked into. Throws, or rejects with, a 401 for credentials that are not
 * valid; `now` is in milliseconds.
 */
export function authenticate(
  socket: Socket,
  headers: IncomingHttpHeaders,
  now: number,
  tokens: Tokens,
  serviceAccounts: AuthenticateToken,
): User | Promise<User> {
  let known = bySocket.get(socket);
  if (known === undefined) {
    known = readCertificate(socket);
    bySocket.set(socket, known);
  }
  if (known === 'rejected') throw unauthorized();
  if (known !== 'none') {
    if (now > known.notAfter) throw unauthorized();
    return known.user;
  }
  if (headers.authorization === undefined) return anonymous;
  const token = /^bearer +(\S+)$/i.exec(headers.authorization)?.[1] ?? '';
  return tokens.get(token) ?? mustBeKnown(serviceAccounts(token));
}

async function mustBeKnown(user: Promise<User | undefined>): Promise<User> {
  const found = await user;
  if (!found) throw unauthorized();
  return found;
}

function readCertificate(socket: Socket): CertificateUser | 'rejected' | 'none' {
  if (!(socket instanceof TLSSocket)) return 'none';
  const certificate = socket.getPeerCertificate();
  if (!certificate || Object.keys(certificate).length === 0) return 'none';
  if (!socket.authorized) return 'rejected';
  return { user: userOfCertificate(certificate), notAfter: Date.parse(certificate.valid_to) };
}

/** `CN=system:node:minik-1, O=system:nodes` is user `system:node:minik-1` in group `system:nodes`. */
export function userOfCertificate(certificate: Pick<PeerCertificate, 'subject'>): User {
  const subject = certificate.subject as { CN?: string | string[]; O?: string | string[] };
  const name = Array.isArray(subject.CN) ? (subject.CN[0] ?? '') : (subject.CN ?? '');
  const organizations = subject.O === undefined ? [] : Array.isArray(subject.O) ? subject.O : [subject.O];
  return { name, groups: [...organizations, 'system:authenticated'] };
}
