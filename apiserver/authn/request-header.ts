/**
 * Requests through a front proxy: a server that has found out who its client is, and says so in headers. They count only over a
 * connection with a client certificate that the front proxies' own CA has signed, for one of the names that front proxies go by. From
 * everybody else they are headers like any other.
 *
 * Upstream: apiserver/pkg/authentication/request/headerrequest
 */
import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { pemBlocks } from '../../api/pem.ts';
import type { FlagTable, FlagValues } from '../../client/component/flags.ts';
import type { User } from './user.ts';

export const requestHeaderFlags = {
  'requestheader-client-ca-file': {
    type: 'string',
    help: 'CA file: a client with a certificate signed by it is a front proxy, whose headers say who its client is.',
  },
  'requestheader-allowed-names': {
    type: 'list',
    default: '',
    help: 'Common names that the certificate of a front proxy may have; any when not given.',
  },
  'requestheader-username-headers': {
    type: 'list',
    default: 'X-Remote-User',
    help: 'Headers with the name of the user.',
  },
  'requestheader-uid-headers': { type: 'list', default: 'X-Remote-Uid', help: 'Headers with the UID of the user.' },
  'requestheader-group-headers': {
    type: 'list',
    default: 'X-Remote-Group',
    help: 'Headers with the groups of the user.',
  },
  'requestheader-extra-headers-prefix': {
    type: 'list',
    default: 'X-Remote-Extra-',
    help: 'Beginnings of the headers with what else is known of the user.',
  },
} as const satisfies FlagTable;

type Flags = FlagValues<typeof requestHeaderFlags>;

/** Every value of every header, in order. */
type Values = Readonly<NodeJS.Dict<string[]>>;

/** What the certificate of a connection makes of its client. */
interface Standing {
  /** The CA of the front proxies has signed it, for one of their names. */
  isProxy: boolean;
  /** No other CA has signed it. */
  isForeign: boolean;
  notAfter: number;
}

const ordinary: Standing = { isProxy: false, isForeign: false, notAfter: 0 };

/** Names of headers, in lower case. */
interface HeaderNames {
  user: readonly string[];
  uid: readonly string[];
  groups: readonly string[];
  extraPrefixes: readonly string[];
}

export class FrontProxy {
  readonly #authorities: readonly X509Certificate[];
  readonly #clients: readonly X509Certificate[];
  readonly #allowed: readonly string[];
  readonly #names: HeaderNames;
  /** A connection's certificate never changes. */
  readonly #known = new WeakMap<Socket, Standing>();

  /** `clientCa` is the CA of the other clients, in PEM. */
  constructor(flags: Flags, ca: string, clientCa: string) {
    this.#authorities = certificatesIn(ca);
    this.#clients = certificatesIn(clientCa);
    this.#allowed = flags['requestheader-allowed-names'];
    const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
    this.#names = {
      user: lower(flags['requestheader-username-headers']),
      uid: lower(flags['requestheader-uid-headers']),
      groups: lower(flags['requestheader-group-headers']),
      extraPrefixes: lower(flags['requestheader-extra-headers-prefix']),
    };
  }

  /** The user that a front proxy speaks for; undefined when nobody does. The headers that say so are taken out. `now` is in milliseconds. */
  authenticate(
    socket: Socket,
    request: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
    now: number,
  ): User | undefined {
    const { headers } = request;
    const names = this.#names;
    if (!names.user.some((name) => headers[name])) return undefined;
    const { isProxy, notAfter } = this.#standingOf(socket);
    if (!isProxy || now > notAfter) return undefined;
    const values: Values = request.headersDistinct;
    const first = (of: readonly string[]): string | undefined => of.map((name) => values[name]?.[0]).find(Boolean);
    const name = first(names.user);
    if (name === undefined) return undefined;
    const uid = first(names.uid);
    const extra = this.#extra(values);
    for (const header of Object.keys(headers)) if (this.#isOwn(header)) delete headers[header];
    return {
      name: decodeText(name),
      ...(uid !== undefined && { uid: decodeText(uid) }),
      groups: names.groups.flatMap((header) => values[header] ?? []).map(decodeText),
      ...(Object.keys(extra).length > 0 && { extra }),
    };
  }

  /** Whether only the CA of the front proxies has signed the certificate of a connection: then it says nothing about a user. */
  isForeign(socket: Socket): boolean {
    return this.#standingOf(socket).isForeign;
  }

  #standingOf(socket: Socket): Standing {
    let known = this.#known.get(socket);
    if (!known) {
      known = isSignedBy(socket, this.#authorities)
        ? {
            isProxy: this.#allowed.length === 0 || this.#allowed.includes(commonNameOf(socket) ?? ''),
            isForeign: !isSignedBy(socket, this.#clients),
            notAfter: Date.parse((socket as TLSSocket).getPeerCertificate().valid_to),
          }
        : ordinary;
      this.#known.set(socket, known);
    }
    return known;
  }

  #extra(values: Values): Record<string, string[]> {
    const extra: Record<string, string[]> = {};
    for (const [header, texts = []] of Object.entries(values)) {
      const prefix = this.#names.extraPrefixes.find((one) => header.startsWith(one));
      if (prefix !== undefined) extra[unescaped(header.slice(prefix.length))] = texts.map(decodeText);
    }
    return extra;
  }

  #isOwn(header: string): boolean {
    const { user, uid, groups, extraPrefixes } = this.#names;
    return [...user, ...uid, ...groups].includes(header) || extraPrefixes.some((prefix) => header.startsWith(prefix));
  }
}

const certificatesIn = (pem: string): X509Certificate[] =>
  pemBlocks(pem)
    .filter(({ type }) => type === 'CERTIFICATE')
    .map(({ bytes }) => new X509Certificate(bytes));

/** How long a chain of certificates may be. */
const maxChain = 8;

/** Whether one of the authorities has signed the certificate of the connection, or one in its chain. The handshake has verified the chain. */
function isSignedBy(socket: Socket, authorities: readonly X509Certificate[]): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  let certificate = socket.getPeerX509Certificate();
  for (let i = 0; certificate && i < maxChain; i++, certificate = certificate.issuerCertificate) {
    const own = certificate;
    if (authorities.some((ca) => own.checkIssued(ca) && own.verify(ca.publicKey))) return true;
  }
  return false;
}

function commonNameOf(socket: Socket): string | undefined {
  const { CN: name } = (socket as TLSSocket).getPeerCertificate().subject ?? {};
  return Array.isArray(name) ? name.at(-1) : name;
}

/** A header is bytes, which Node reads as Latin-1. */
const decodeText = (text: string): string => Buffer.from(text, 'latin1').toString();

function unescaped(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    // A key that is not escaped properly is the key.
    return key;
  }
}
