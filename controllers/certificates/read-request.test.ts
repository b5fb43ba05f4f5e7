import { webcrypto } from 'node:crypto';
import { expect, test } from 'vitest';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { loadX509, readRequest } from './read-request.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function requestOf(name: string): Promise<string> {
  const { Pkcs10CertificateRequestGenerator } = await loadX509();
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  return (await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm })).toString('pem');
}

/** Means the same to who reads it with care, and nothing to who wants every line to begin with base64. */
const indented = (pem: string): string => pem.replace('REQUEST-----\n', 'REQUEST-----\n \n');

test('of two requests in one, the one that is judged is the one that is signed', async () => {
  const node = await requestOf('O=system:nodes,CN=system:node:n1');
  const masters = await requestOf('O=system:masters,CN=root');
  for (const pem of [`${node}\n${masters}`, `${indented(node)}\n${masters}`]) {
    const spec = { request: Buffer.from(pem).toString('base64'), signerName: 'example.com/a' };
    const { wanted, pkcs10 } = await readRequest({ spec } as CertificateSigningRequest);
    expect(wanted.organizations).toEqual(['system:nodes']);
    expect(pkcs10.subject).toBe('O=system:nodes, CN=system:node:n1');
  }
});
