/**
 * Who the client certificate of a connection is for: the common name is the user, its organizations are the groups. Whether the
 * CA has signed it, for clients and for this time, has been found out by the TLS handshake.
 *
 * Upstream: apiserver/pkg/authentication/request/x509
 */
import type { Socket } from 'node:net';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { InvalidCredentials } from './invalid-credentials.ts';
import type { User } from './user.ts';

/** The attribute of a subject that is the user's uid. */
const uidAttribute = '1.3.6.1.4.1.57683.2';

interface CertificateUser {
  user: User;
  notAfter: number;
}

type Known = CertificateUser | InvalidCredentials | 'none';

/** A connection's certificate never changes, so it is read once. */
const bySocket = new WeakMap<Socket, Known>();

/** The user; undefined without a certificate, an error for one that is not good. `now` is in milliseconds. */
export function authenticateCertificate(socket: Socket, now: number): User | InvalidCredentials | undefined {
  let known = bySocket.get(socket);
  if (known === undefined) {
    known = readCertificate(socket);
    bySocket.set(socket, known);
  }
  if (known === 'none') return undefined;
  if (known instanceof InvalidCredentials) return known;
  return now > known.notAfter ? new InvalidCredentials('certificate has expired') : known.user;
}

function readCertificate(socket: Socket): Known {
  if (!(socket instanceof TLSSocket)) return 'none';
  const certificate = socket.getPeerCertificate();
  if (!certificate || Object.keys(certificate).length === 0) return 'none';
  if (!socket.authorized) return new InvalidCredentials(String(socket.authorizationError));
  const user = userOfCertificate(certificate);
  if (user === undefined) return 'none';
  return user instanceof InvalidCredentials ? user : { user, notAfter: Date.parse(certificate.valid_to) };
}

/** `CN=system:node:minik-1, O=system:nodes` is user `system:node:minik-1` in group `system:nodes`; without a CN it is nobody. */
export function userOfCertificate({
  subject,
  fingerprint256,
}: Pick<PeerCertificate, 'subject' | 'fingerprint256'>): User | InvalidCredentials | undefined {
  const attributes = subject as unknown as Record<string, string | string[] | undefined>;
  const all = (name: string): string[] => [attributes[name] ?? []].flat();
  const name = all('CN').at(-1);
  if (!name) return undefined;
  const [uid, another] = all(uidAttribute);
  if (another !== undefined || uid === '') return new InvalidCredentials('the UID of the subject must be one text');
  return {
    name,
    ...(uid !== undefined && { uid }),
    groups: all('O'),
    extra: {
      'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint256.replaceAll(':', '').toLowerCase()}`],
    },
  };
}
