import 'reflect-metadata';
import { webcrypto, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import type { CertificateSigningRequest } from '../../api/types.ts';
import { recognizers } from './approving-controller.ts';
import { planCleaning } from './cleaner-controller.ts';
import {
  isClientOnly,
  kubeletClientError,
  kubeletServingError,
  type RequestedCertificate,
} from './kubelet-requests.ts';
import { readRequest } from './read-request.ts';
import { durationOf, sign, validityOf } from './sign.ts';
import { awaitsCertificate } from './signing-controller.ts';

const none = { dns: [], ip: [], email: [], url: [] };
const client: RequestedCertificate = {
  commonNames: ['system:node:a'],
  organizations: ['system:nodes'],
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
  names: none,
};
const serving: RequestedCertificate = {
  ...client,
  signerName: 'kubernetes.io/kubelet-serving',
  usages: ['digital signature', 'key encipherment', 'server auth'],
  names: { ...none, dns: ['a'], ip: ['10.0.0.1'] },
};

describe('a certificate of a kubelet', () => {
  test.each<[Partial<RequestedCertificate>, string | undefined]>([
    [{}, undefined],
    [{ usages: ['digital signature', 'client auth', 'key encipherment'] }, undefined],
    [{ usages: ['client auth'] }, 'usages did not match'],
    [{ usages: ['digital signature', 'client auth', 'server auth'] }, 'usages did not match'],
    [{ organizations: ['system:nodes', 'system:masters'] }, 'subject organization is not system:nodes'],
    [{ organizations: [] }, 'subject organization is not system:nodes'],
    [{ commonNames: ['jane'] }, 'subject common name does not begin with system:node:'],
    [{ commonNames: ['system:node:a', 'system:node:b'] }, 'subject common name does not begin with system:node:'],
    [{ names: { ...none, dns: ['a'] } }, 'DNS subjectAltNames are not allowed'],
    [{ names: { ...none, ip: ['::1'] } }, 'IP subjectAltNames are not allowed'],
    [{ names: { ...none, email: ['a@b'] } }, 'Email subjectAltNames are not allowed'],
    [{ names: { ...none, url: ['a:b'] } }, 'URI subjectAltNames are not allowed'],
  ])('as a client with %o: %s', (change, error) => {
    const found = kubeletClientError({ ...client, ...change });
    if (error === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(error);
  });

  test.each<[Partial<RequestedCertificate>, string | undefined]>([
    [{}, undefined],
    [{ names: none }, 'DNS or IP subjectAltName is required'],
    [{ names: { ...serving.names, email: ['a@b'] } }, 'Email subjectAltNames are not allowed'],
    [{ names: { ...serving.names, url: ['a:b'] } }, 'URI subjectAltNames are not allowed'],
    [{ usages: client.usages }, 'usages did not match'],
    [{ organizations: ['dev'] }, 'subject organization is not system:nodes'],
    [{ commonNames: ['a'] }, 'subject common name does not begin with system:node:'],
  ])('as a server with %o: %s', (change, error) => {
    const found = kubeletServingError({ ...serving, ...change });
    if (error === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(error);
  });

  test.each<[string[], boolean]>([
    [['client auth'], true],
    [['client auth', 'digital signature', 'key encipherment'], true],
    [['digital signature'], false],
    [['client auth', 'server auth'], false],
  ])('only a client with usages %o: %s', (usages, expected) => {
    expect(isClientOnly({ ...client, usages })).toBe(expected);
  });
});

test.each<[string, Partial<RequestedCertificate>, string[]]>([
  ['system:node:a', {}, ['selfnodeclient', 'nodeclient']],
  ['system:node:b', {}, ['nodeclient']],
  ['system:bootstrap:abcdef', {}, ['nodeclient']],
  ['system:node:a', { organizations: ['system:masters'] }, []],
  ['system:node:a', { signerName: 'kubernetes.io/kube-apiserver-client' }, []],
])('a request of %s with %o is approved as %o', (username, change, expected) => {
  const request = { metadata: {}, spec: { username, request: '', signerName: '' } };
  const known = recognizers.filter((recognizer) => recognizer.recognizes(request, { ...client, ...change }));
  expect(known.map(({ subresource }) => subresource)).toEqual(expected);
});

const condition = (type: string, lastUpdateTime = '2026-01-01T00:00:00Z') => ({ type, status: 'True', lastUpdateTime });

test.each<[string, object, boolean]>([
  ['approved', { conditions: [condition('Approved')] }, true],
  ['new', {}, false],
  ['denied', { conditions: [condition('Denied')] }, false],
  ['failed', { conditions: [condition('Approved'), condition('Failed')] }, false],
  ['issued', { conditions: [condition('Approved')], certificate: 'x' }, false],
])('a request that is %s', (_, status, expected) => {
  const spec = { request: '', signerName: client.signerName };
  expect(awaitsCertificate({ metadata: {}, spec, status })).toBe(expected);
  expect(awaitsCertificate({ metadata: {}, spec: { ...spec, signerName: 'example.com/x' }, status })).toBe(false);
});

const hour = 3_600_000;

test.each<[number, number | undefined, number]>([
  [hour, undefined, hour],
  [24 * hour, 3600, hour],
  [hour, 7200, hour],
  [24 * hour, 1, 600_000],
  [1000, 600, 1000],
])('of at most %i ms, for %s s: %i ms', (max, seconds, expected) => {
  expect(durationOf(max, seconds)).toBe(expected);
});

test('a certificate begins five minutes ago, and lasts as long as its CA does', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const times = (duration: number, caEnds: number) => {
    const { notBefore, notAfter } = validityOf(now, duration, caEnds);
    return [(notBefore.getTime() - now) / 60_000, (notAfter.getTime() - now) / 60_000];
  };
  expect(times(hour, now + 100 * hour)).toEqual([-5, 60]);
  expect(times(24 * hour, now + 100 * hour)).toEqual([-5, 24 * 60 - 5]);
  expect(times(24 * hour, now + hour)).toEqual([-5, 60]);
});

describe('signing', () => {
  const ec = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const rsa = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  };

  test.each([
    ['ECDSA', ec],
    ['RSA', rsa],
  ])('with a CA of %s gives what was asked for', async (_, algorithm) => {
    const directory = mkdtempSync(join(tmpdir(), 'minik-sign-'));
    try {
      const authority = await makeAuthority(directory, algorithm);
      const keys = (await webcrypto.subtle.generateKey(ec, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
      const pkcs10 = await x509.Pkcs10CertificateRequestGenerator.create({
        name: [{ O: ['system:nodes'] }, { CN: ['system:node:a'] }],
        keys,
        signingAlgorithm: ec,
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'a' },
            { type: 'ip', value: '10.0.0.1' },
          ]),
        ],
      });
      const request = Buffer.from(pkcs10.toString('pem')).toString('base64');
      const spec = { request, signerName: serving.signerName, usages: [...serving.usages] };
      const read = await readRequest({ metadata: {}, spec });
      expect(read.wanted).toEqual(serving);
      const now = Date.parse('2026-06-01T00:00:00Z');
      const made = new X509Certificate(await sign(authority, read, hour, now));
      const ca = new X509Certificate(authority.pem);
      expect(made.verify(ca.publicKey)).toBe(true);
      expect(made.checkIssued(ca)).toBe(true);
      expect(made.subject.split('\n').sort()).toEqual(['CN=system:node:a', 'O=system:nodes']);
      expect(made.subjectAltName).toBe('DNS:a, IP Address:10.0.0.1');
      expect(made.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
      expect(made.ca).toBe(false);
      expect(Date.parse(made.validTo)).toBe(now + hour);
      await expect(sign(authority, read, hour, Date.parse('2040-01-01'))).rejects.toThrow('the signer has expired');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  async function makeAuthority(directory: string, algorithm: webcrypto.Algorithm) {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: 'CN=ca',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date('2025-01-01'),
      notAfter: new Date('2036-01-01'),
      extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
    });
    const [certFile, keyFile] = [join(directory, 'ca.crt'), join(directory, 'ca.key')];
    const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
    const pem = certificate.toString('pem');
    writeFileSync(certFile, pem);
    writeFileSync(keyFile, `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`);
    return { certFile, keyFile, pem };
  }
});

test.each<[string, Partial<CertificateSigningRequest>, string | undefined]>([
  ['waits for an answer', {}, '2026-01-02T00:00:00.000Z'],
  ['is denied', { status: { conditions: [condition('Denied', '2026-01-01T05:00:00Z')] } }, '2026-01-01T06:00:00.000Z'],
  ['has failed', { status: { conditions: [condition('Failed')] } }, '2026-01-01T01:00:00.000Z'],
  ['is approved', { status: { conditions: [condition('Approved')] } }, undefined],
  ['is issued', { status: { conditions: [condition('Approved')], certificate: 'eA==' } }, '2026-01-01T01:00:00.000Z'],
])('a request that %s goes at %3$s', (_, rest, expected) => {
  const at = planCleaning({
    metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { request: '', signerName: '' },
    ...rest,
  });
  expect(at === undefined ? undefined : new Date(at).toISOString()).toBe(expected);
});
