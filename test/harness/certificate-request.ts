/** Requests for certificates with the key that each is about. */
import { createPrivateKey, type webcrypto } from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { CertificateSigningRequest } from '../../api/types.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

export interface Wish {
  name: string;
  /** Attributes of the subject, in order. */
  subject: [attribute: string, value: string][];
  signerName: string;
  usages: string[];
  names?: x509.JsonGeneralNames;
}

/** The object to create, and the key in PEM. */
export async function certificateRequest(wish: Wish): Promise<{ request: CertificateSigningRequest; key: Buffer }> {
  const { name, subject, signerName, usages, names = [] } = wish;
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const pkcs10 = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subject.map(([attribute, value]) => ({ [attribute]: [value] })),
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : [],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    request: {
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      metadata: { name },
      spec: { request: Buffer.from(pkcs10.toString('pem')).toString('base64'), signerName, usages },
    },
    key: Buffer.from(key.export({ type: 'pkcs8', format: 'pem' })),
  };
}
