/**
 * What is wrong with a certificate signing request: PKCS#10 in PEM, signed with the key that it is about.
 *
 *     SEQUENCE {
 *       SEQUENCE { INTEGER version, SEQUENCE subject, SEQUENCE publicKey, ... }   the signed bytes, header included
 *       SEQUENCE { OBJECT algorithm, ... }
 *       BIT STRING signature
 *     }
 *
 * Only that much of the structure is read here, and the keys by Node: an X.509 library takes 16 MB and 100 ms to load, in
 * every process that knows the kind. RSA-PSS is not known. Upstream: pkg/apis/certificates (ParseCSR), Go's crypto/x509
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { pemBlocks } from './pem.ts';

const tags = { integer: 0x02, bitString: 0x03, object: 0x06, sequence: 0x30, set: 0x31 };

/** The kinds of text that a name is made of, by their tags. */
const texts = new Map<number, (bytes: Buffer) => string>([
  [0x0c, (bytes) => bytes.toString('utf8')],
  [0x13, (bytes) => bytes.toString('latin1')],
  [0x14, (bytes) => bytes.toString('latin1')],
  [0x16, (bytes) => bytes.toString('latin1')],
  [0x1e, (bytes) => Buffer.from(bytes).swap16().toString('utf16le')],
]);

/** The object identifiers of what a name is made of: 2.5.4.3 and 2.5.4.10. */
const attributes = { commonName: '550403', organization: '55040a' };

/** The algorithms' object identifiers in DER: which key signs, after which digest. */
const algorithms = new Map<string, { key: string; digest: string | null }>([
  ['2a864886f70d01010b', { key: 'rsa', digest: 'sha256' }],
  ['2a864886f70d01010c', { key: 'rsa', digest: 'sha384' }],
  ['2a864886f70d01010d', { key: 'rsa', digest: 'sha512' }],
  ['2a8648ce3d040302', { key: 'ec', digest: 'sha256' }],
  ['2a8648ce3d040303', { key: 'ec', digest: 'sha384' }],
  ['2a8648ce3d040304', { key: 'ec', digest: 'sha512' }],
  ['2b6570', { key: 'ed25519', digest: null }],
]);

/** What Go says of a signature that is not the key's. */
const failures: Record<string, string> = {
  rsa: 'crypto/rsa: verification error',
  ec: 'x509: ECDSA verification failure',
  ed25519: 'x509: Ed25519 verification failure',
};

/**
 * The request itself, which is PEM in base64: of several blocks the first. Whoever looks into a request reads these bytes, and
 * nobody the text once more: what is judged must be what is signed. Throws for what is not a request.
 */
export function requestBytes(base64: string): Buffer {
  const [block] = pemBlocks(Buffer.from(base64, 'base64').toString('latin1'));
  if (block?.type !== 'CERTIFICATE REQUEST') throw new Error('PEM block type must be CERTIFICATE REQUEST');
  return block.bytes;
}

/** Why the request, which is PEM in base64, cannot be accepted; undefined when it can. */
export function certificateRequestError(base64: string): string | undefined {
  const [block] = pemBlocks(Buffer.from(base64, 'base64').toString('latin1'));
  if (block?.type !== 'CERTIFICATE REQUEST') return 'PEM block type must be CERTIFICATE REQUEST';
  try {
    const { signed, key, algorithm, signature } = parse(block.bytes);
    const known = algorithms.get(algorithm);
    if (!known) return 'x509: cannot verify signature: algorithm unimplemented';
    const right = known.key === key.asymmetricKeyType && verify(known.digest, signed, key, signature);
    return right ? undefined : failures[known.key];
  } catch (error) {
    return `x509: malformed certificate request: ${(error as Error).message}`;
  }
}

export interface Subject {
  commonNames: string[];
  organizations: string[];
}

/** Whom the request is for, which become the name and the groups of a user. Throws for what is not a request. */
export function subjectOf(base64: string): Subject {
  const info = new Der(requestBytes(base64)).sequence().sequence();
  info.take(tags.integer);
  const found: Subject = { commonNames: [], organizations: [] };
  for (const subject = info.sequence(); !subject.done; ) {
    for (const set = new Der(subject.take(tags.set)); !set.done; ) {
      const attribute = set.sequence();
      const type = attribute.take(tags.object).toString('hex');
      const read = texts.get(attribute.tag);
      if (!read) throw new Error(`a name of tag ${attribute.tag}`);
      const value = read(attribute.take(attribute.tag));
      if (!attribute.done) throw new Error('trailing data in a name');
      if (type === attributes.commonName) found.commonNames.push(value);
      if (type === attributes.organization) found.organizations.push(value);
    }
  }
  return found;
}

interface Request {
  signed: Buffer;
  key: KeyObject;
  algorithm: string;
  signature: Buffer;
}

function parse(bytes: Buffer): Request {
  const all = new Der(bytes);
  const request = all.sequence();
  if (!all.done) throw new Error('trailing data');
  const [signed, info] = [request.whole(), request.sequence()];
  info.take(tags.integer);
  info.sequence();
  const key = createPublicKey({ key: info.whole(), format: 'der', type: 'spki' });
  const algorithm = request.sequence().take(tags.object).toString('hex');
  const signature = request.take(tags.bitString);
  if (signature[0] !== 0) throw new Error('a signature of half bytes');
  return { signed, key, algorithm, signature: signature.subarray(1) };
}

/** Reads values one after the other. */
class Der {
  #rest: Buffer;

  constructor(bytes: Buffer) {
    this.#rest = bytes;
  }

  get done(): boolean {
    return this.#rest.length === 0;
  }

  /** What the next value is. */
  get tag(): number {
    return this.#rest[0] ?? 0;
  }

  /** The content of the next value, which must have the tag. */
  take(tag: number): Buffer {
    const { start, end } = this.#next();
    if (this.#rest[0] !== tag) throw new Error(`tag ${this.#rest[0]} where ${tag} should be`);
    const content = this.#rest.subarray(start, end);
    this.#rest = this.#rest.subarray(end);
    return content;
  }

  sequence(): Der {
    return new Der(this.take(tags.sequence));
  }

  /** All of the next value, which is not passed. */
  whole(): Buffer {
    return this.#rest.subarray(0, this.#next().end);
  }

  /** Where the content of the next value starts and ends. A length of 128 and more has its own length before it. */
  #next(): { start: number; end: number } {
    const first = this.#rest[1] ?? 0;
    const more = first < 0x80 ? 0 : first & 0x7f;
    const start = 2 + more;
    // An open end is for BER, which others read otherwise.
    if (first === 0x80) throw new Error('indefinite length');
    if (more > 4 || this.#rest.length < start) throw new Error('data truncated');
    const length = more === 0 ? first : this.#rest.readUIntBE(2, more);
    if (this.#rest.length < start + length) throw new Error('data truncated');
    return { start, end: start + length };
  }
}
