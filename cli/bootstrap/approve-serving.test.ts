import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  type JsonGeneralNames,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
} from '@peculiar/x509';
import { expect, test } from 'vitest';
import { foreignName } from './approve-serving.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function requestFor(names: JsonGeneralNames) {
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const extensions = names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [];
  const name = 'O=system:nodes,CN=system:node:a';
  const made = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm, extensions });
  const request = Buffer.from(made.toString('pem')).toString('base64');
  return { metadata: {}, spec: { request, signerName: 'kubernetes.io/kubelet-serving' } };
}

test.each<[JsonGeneralNames, string | undefined]>([
  [
    [
      { type: 'dns', value: 'a' },
      { type: 'ip', value: '10.88.0.2' },
    ],
    undefined,
  ],
  [
    [
      { type: 'dns', value: 'a' },
      { type: 'dns', value: 'kubernetes' },
    ],
    'kubernetes',
  ],
  [[{ type: 'ip', value: '10.96.0.1' }], '10.96.0.1'],
  [[{ type: 'email', value: 'a@example.com' }], 'a@example.com'],
  [[], undefined],
])('of %j', async (names, expected) => {
  expect(await foreignName(await requestFor(names), ['a', '10.88.0.2'])).toBe(expected);
});
