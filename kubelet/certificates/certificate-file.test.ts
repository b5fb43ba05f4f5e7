import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CertificateFile } from './certificate-file.ts';
import { rotationDeadline } from './rotation.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const [from, until] = [Date.parse('2026-01-01T00:00:00Z'), Date.parse('2026-01-11T00:00:00Z')];
let directory: string;
let file: CertificateFile;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'minik-certificate-'));
  file = new CertificateFile(join(directory, 'pki'), 'kubelet-client');
});
afterEach(() => rmSync(directory, { recursive: true }));

async function makePair(): Promise<{ cert: string; key: string }> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const [notBefore, notAfter] = [new Date(from), new Date(until)];
  const made = await X509CertificateGenerator.createSelfSigned({
    keys,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { cert: made.toString('pem'), key: `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n` };
}

test('what is written is read again, and only by its owner', async () => {
  expect(file.read()).toBeUndefined();
  const pair = await makePair();
  file.write(pair);
  expect(file.path).toBe(join(directory, 'pki/kubelet-client-current.pem'));
  expect(statSync(file.path).mode & 0o777).toBe(0o600);
  utimesSync(file.path, from / 1000, from / 1000 + 3600);
  const read = file.read();
  expect(read).toMatchObject({ since: from + 3_600_000, expires: until });
  expect(read?.cert).toContain(pair.cert.trim());
  expect(read?.key).toContain(pair.key.trim());
});

test('a key of another certificate, or half a file, is none', async () => {
  const [one, other] = [await makePair(), await makePair()];
  file.write({ cert: one.cert, key: other.key });
  expect(file.read()).toBeUndefined();
  file.write(one);
  writeFileSync(file.path, one.cert.slice(0, 100));
  expect(file.read()).toBeUndefined();
});

test.each([
  [0, 70],
  [0.5, 80],
  [1, 90],
])('of a life of 100, drawn %d: replaced at %d', (random, expected) => {
  expect(rotationDeadline(1000, 1100, random)).toBe(1000 + expected);
});
