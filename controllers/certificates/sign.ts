/**
 * Signs what a request asks for with the CA of the cluster.
 *
 * Upstream: pkg/controller/certificates/{signer,authority}
 */
import { createPrivateKey, type KeyObject, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type * as x509 from '@peculiar/x509';
import { loadX509, type ReadRequest } from './read-request.ts';

export interface Authority {
  certFile: string;
  keyFile: string;
}

const backdateMs = 5 * 60_000;
/** The end of a certificate of a shorter life is not moved as well, or nothing would be left of it. */
const shortMs = 8 * 3_600_000;
const minMs = 10 * 60_000;

/** How long a certificate lasts: as asked for, but neither longer than the signer gives nor shorter than ten minutes. */
export function durationOf(maxMs: number, expirationSeconds: number | undefined): number {
  if (expirationSeconds === undefined) return maxMs;
  return Math.min(Math.max(expirationSeconds * 1000, minMs), maxMs);
}

/** When it begins and ends: a little earlier than now, because clocks differ, and never after its CA. */
export function validityOf(now: number, durationMs: number, caEnds: number): { notBefore: Date; notAfter: Date } {
  const notAfter = durationMs < shortMs ? now + durationMs : now + durationMs - backdateMs;
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(Math.min(notAfter, caEnds)) };
}

/** The bits of the usages that Kubernetes calls by name. */
const keyUsages: Record<string, keyof typeof x509.KeyUsageFlags> = {
  'cert sign': 'keyCertSign',
  'content commitment': 'nonRepudiation',
  'crl sign': 'cRLSign',
  'data encipherment': 'dataEncipherment',
  'decipher only': 'decipherOnly',
  'digital signature': 'digitalSignature',
  'encipher only': 'encipherOnly',
  'key agreement': 'keyAgreement',
  'key encipherment': 'keyEncipherment',
  signing: 'digitalSignature',
};

/** The object identifiers of the others. */
const extendedUsages: Record<string, string> = {
  any: '2.5.29.37.0',
  'client auth': '1.3.6.1.5.5.7.3.2',
  'code signing': '1.3.6.1.5.5.7.3.3',
  'email protection': '1.3.6.1.5.5.7.3.4',
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
  'ocsp signing': '1.3.6.1.5.5.7.3.9',
  's/mime': '1.3.6.1.5.5.7.3.4',
  'server auth': '1.3.6.1.5.5.7.3.1',
  timestamping: '1.3.6.1.5.5.7.3.8',
};

/** The certificate in PEM. The CA is read anew each time, because it may have been replaced. */
export async function sign(
  { certFile, keyFile }: Authority,
  { wanted, pkcs10 }: ReadRequest,
  durationMs: number,
  now: number,
): Promise<string> {
  const lib = await loadX509();
  const ca = new lib.X509Certificate(readFileSync(certFile, 'utf8'));
  if (now >= ca.notAfter.getTime()) throw new Error(`the signer has expired: NotAfter=${ca.notAfter.toISOString()}`);
  const key = createPrivateKey(readFileSync(keyFile));
  const algorithm = signingAlgorithmOf(key);
  const certificate = await lib.X509CertificateGenerator.create({
    subject: pkcs10.subjectName,
    issuer: ca.subjectName,
    publicKey: pkcs10.publicKey,
    signingKey: key.toCryptoKey(algorithm, false, ['sign']) as webcrypto.CryptoKey,
    signingAlgorithm: algorithm,
    ...validityOf(now, durationMs, ca.notAfter.getTime()),
    extensions: [
      ...usageExtensions(lib, wanted.usages),
      new lib.BasicConstraintsExtension(false, undefined, true),
      await lib.AuthorityKeyIdentifierExtension.create(ca.publicKey),
      ...nameExtension(lib, wanted.names),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

function signingAlgorithmOf(key: KeyObject): { name: string; namedCurve?: string; hash: string } {
  if (key.asymmetricKeyType === 'rsa') return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };
  const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
  const namedCurve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (!namedCurve) throw new Error('the key of the CA must be one of RSA, or of the curves P-256, P-384 and P-521');
  return { name: 'ECDSA', namedCurve, hash: 'SHA-256' };
}

function usageExtensions(lib: typeof x509, usages: readonly string[]): x509.Extension[] {
  const bits = usages
    .flatMap((usage) => keyUsages[usage] ?? [])
    .reduce((all, flag) => all | lib.KeyUsageFlags[flag], 0);
  const extended = new Set(usages.flatMap((usage) => extendedUsages[usage] ?? []));
  return [
    ...(bits ? [new lib.KeyUsagesExtension(bits, true)] : []),
    ...(extended.size > 0 ? [new lib.ExtendedKeyUsageExtension([...extended])] : []),
  ];
}

function nameExtension(lib: typeof x509, names: ReadRequest['wanted']['names']): x509.Extension[] {
  const all = (['dns', 'ip', 'email', 'url'] as const).flatMap((type) => names[type].map((value) => ({ type, value })));
  return all.length > 0 ? [new lib.SubjectAlternativeNameExtension(all)] : [];
}
