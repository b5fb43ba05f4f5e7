/** Client certificates of any kind, signed by a server's own CA: for what `ensurePki` never makes. */
import { createPrivateKey, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { ApiServer } from './apiserver.ts';

export const clientAuth = '1.3.6.1.5.5.7.3.2';
export const serverAuth = '1.3.6.1.5.5.7.3.1';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface CertificateOptions {
  /** Attributes of the subject, in order: `[['CN', 'jane'], ['O', 'developers']]`. */
  subject: [attribute: string, value: string][];
  /** Object identifiers; without any the certificate is for everything. */
  usages?: string[];
  /** In hours from now. */
  from?: number;
  until?: number;
}

/** For the `credentials` of a raw request. */
export async function clientCertificate(
  server: Pick<ApiServer, 'pki'>,
  { subject, usages = [clientAuth], from = -1, until = 1 }: CertificateOptions,
): Promise<{ cert: Buffer; key: Buffer }> {
  const caKey = createPrivateKey(readFileSync(server.pki('ca.key'))).export({ type: 'pkcs8', format: 'der' });
  const signingKey = await crypto.subtle.importKey('pkcs8', new Uint8Array(caKey), algorithm, false, ['sign']);
  const ca = new x509.X509Certificate(readFileSync(server.pki('ca.crt'), 'utf8'));
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const at = (hours: number): Date => new Date(Date.now() + hours * 3_600_000);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: new x509.Name(subject.map(([attribute, value]) => ({ [attribute]: [{ utf8String: value }] }))),
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: at(from),
    notAfter: at(until),
    extensions: usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages)] : [],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    cert: Buffer.from(certificate.toString('pem')),
    key: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' })),
  };
}
