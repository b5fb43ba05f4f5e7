import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { certificatesigningrequests } from './certificatesigningrequests.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updated, writePart } from './writes.fixture.ts';

const x509 = await import('@peculiar/x509');
x509.cryptoProvider.set(webcrypto as never);

/** A request in PEM in base64, as a body has it. */
async function requestWith(algorithm: webcrypto.Algorithm, hash?: string): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const signingAlgorithm = { ...algorithm, ...(hash && { hash }) };
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name: 'CN=jane', keys, signingAlgorithm });
  return Buffer.from(request.toString('pem')).toString('base64');
}

const ec = { name: 'ECDSA', namedCurve: 'P-256' };
const rsa = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Buffer.from([1, 0, 1]), hash: 'SHA-256' };
const request = await requestWith(ec, 'SHA-256');
const wish = (spec: object = {}) => ({
  spec: { request, signerName: 'example.com/signer', usages: ['client auth'], ...spec },
});

test.each([
  ['ECDSA P-256', ec, 'SHA-256'],
  ['ECDSA P-384', { ...ec, namedCurve: 'P-384' }, 'SHA-384'],
  ['RSA', rsa, undefined],
  ['Ed25519', { name: 'Ed25519' }, undefined],
])('a request signed with %s', async (_, algorithm, hash) => {
  expect(createErrors(certificatesigningrequests, wish({ request: await requestWith(algorithm, hash) }))).toEqual([]);
});

/** The request, with its DER changed. */
function changed(change: (der: Buffer) => Buffer): string {
  const pem = Buffer.from(request, 'base64').toString();
  const der = change(Buffer.from(pem.replace(/-----.*?-----/g, ''), 'base64'));
  const lines = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
  return Buffer.from(lines).toString('base64');
}

const flipped = (at: number): string =>
  changed((der) => {
    der[at < 0 ? der.length + at : at]! ^= 1;
    return der;
  });

test('no changed byte goes unseen', () => {
  for (let at = 0; at < 190; at++) {
    expectErrors(
      createErrors(certificatesigningrequests, wish({ request: flipped(at) })),
      'spec.request: Invalid value',
    );
  }
});

test.each<[object, string | undefined]>([
  [wish({ expirationSeconds: 600 }), undefined],
  [{}, 'spec.request: Invalid value: "": PEM block type must be CERTIFICATE REQUEST'],
  [wish({ request: 'eA==' }), 'PEM block type must be CERTIFICATE REQUEST'],
  [wish({ request: flipped(-1) }), 'x509: ECDSA verification failure'],
  [wish({ request: flipped(0) }), 'x509: malformed certificate request: tag 49 where 48 should be'],
  [wish({ request: changed((der) => der.subarray(0, -1)) }), 'x509: malformed certificate request: data truncated'],
  [wish({ usages: [] }), 'spec.usages: Required value'],
  [wish({ usages: ['talking'] }), 'spec.usages[0]: Unsupported value: "talking": supported values: "any", "cert sign"'],
  [wish({ usages: ['any', 'any'] }), 'spec.usages[1]: Duplicate value: "any"'],
  [wish({ signerName: '' }), 'spec.signerName: Required value'],
  [wish({ signerName: 'signer' }), 'must be a fully qualified domain and path of the form'],
  [wish({ signerName: 'a/b/c' }), 'must be a fully qualified domain and path of the form'],
  [
    wish({ signerName: 'example/b' }),
    'spec.signerName: Invalid value: "example": should be a domain with at least two segments separated by dots',
  ],
  [
    wish({ signerName: 'A.example/b' }),
    'spec.signerName: Invalid value: "A.example": validating label "A": a lowercase RFC 1123 label',
  ],
  [wish({ signerName: 'a.example/B' }), 'spec.signerName: Invalid value: "B": validating label "B": a lowercase'],
  [wish({ signerName: 'kubernetes.io/legacy-unknown' }), 'the legacy signerName is not allowed via this API version'],
  [
    wish({ expirationSeconds: 599 }),
    'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than',
  ],
])('%# %o: %s', (object, error) => expectErrors(createErrors(certificatesigningrequests, object), error));

test('who asks is who writes, and the answer is open', () => {
  const claimed = { username: 'root', uid: '0', groups: ['system:masters'], extra: { a: ['b'] } };
  const object = created(certificatesigningrequests, { ...wish(claimed), status: { certificate: 'eA==' } });
  expect(object['spec']).toEqual({ ...wish().spec, username: 'jane', groups: ['system:authenticated'] });
  expect(object['status']).toEqual({});
});

test('what was asked stays', () => {
  const old = created(certificatesigningrequests, wish());
  const changed = { ...old, spec: { ...wish({ usages: ['any'] }).spec }, status: { certificate: 'eA==' } };
  expect(updated(certificatesigningrequests, changed, old)).toEqual(old);
});

const now = '2024-01-01T00:00:00Z';
const condition = (type: string, rest: object = {}) => ({ type, status: 'True', ...rest });
const timed = (type: string, rest: object = {}) =>
  condition(type, { lastUpdateTime: now, lastTransitionTime: now, ...rest });

describe('approval', () => {
  const approve = (status: object, oldStatus: object = {}) =>
    writePart(
      certificatesigningrequests,
      'approval',
      { ...wish({ usages: ['any'] }), status },
      { ...wish(), status: oldStatus },
    );

  test('changes the conditions alone, and sets their times', () => {
    const { stored, errors } = approve({ conditions: [condition('Approved')], certificate: 'eA==' });
    expect(stored).toMatchObject({ ...wish(), status: { conditions: [timed('Approved')] } });
    expect(stored).not.toHaveProperty('status.certificate');
    expect(errors).toEqual([]);
  });

  test.each<[object[], object[], string]>([
    [
      [condition('Approved'), condition('Denied')],
      [],
      'status.conditions: Invalid value: "Denied": Approved and Denied',
    ],
    [[], [timed('Approved')], 'status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
    [[condition('Failed'), condition('Failed')], [], 'status.conditions[1].type: Duplicate value: "Failed"'],
    [
      [condition('Approved', { status: 'False' })],
      [],
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ],
    [[condition('')], [], 'status.conditions[0].type: Required value'],
    [[{ type: 'Other' }], [], 'status.conditions[0].status: Required value'],
  ])('%j after %j: %s', (conditions, old, error) =>
    expectErrors(approve({ conditions }, { conditions: old }).errors, error),
  );
});

describe('status', () => {
  const own = async (): Promise<string> => {
    const keys = (await webcrypto.subtle.generateKey(ec, false, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
    const signingAlgorithm = { ...ec, hash: 'SHA-256' };
    const made = await x509.X509CertificateGenerator.createSelfSigned({ name: 'CN=a', keys, signingAlgorithm });
    return Buffer.from(`${made.toString('pem')}\n`).toString('base64');
  };
  const base64 = (text: string): string => Buffer.from(text).toString('base64');

  test('takes a certificate, once', async () => {
    const certificate = await own();
    expect(statusErrors(certificatesigningrequests, wish(), { certificate })).toEqual([]);
    expectErrors(
      statusErrors(certificatesigningrequests, wish(), { certificate: await own() }, { certificate }),
      'status.certificate: Forbidden: updates may not modify existing certificate content',
    );
  });

  test.each([
    ['text', 'must contain at least one CERTIFICATE PEM block'],
    ['-----BEGIN KEY-----\nAAAA\n-----END KEY-----\n', 'only CERTIFICATE PEM blocks are allowed, found "KEY"'],
    ['-----BEGIN CERTIFICATE-----\nA: b\n\nAAAA\n-----END CERTIFICATE-----\n', 'no PEM block headers are permitted'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'x509: malformed certificate'],
  ])('%j: %s', (text, why) => {
    const errors = statusErrors(certificatesigningrequests, wish(), { certificate: base64(text) });
    expect(errors).toEqual([`status.certificate: Invalid value: "<certificate data>": ${why}`]);
  });

  const stored = (conditions: object[], old: object[]): unknown => {
    const object = { ...wish(), metadata: {}, status: { conditions } };
    const before = { ...wish(), metadata: {}, status: { conditions: old } };
    const context = { now, user: { name: 'signer', groups: [] } };
    certificatesigningrequests.strategy!.prepareForStatusUpdate!(object as never, before as never, context);
    return object.status.conditions;
  };

  test('leaves approvals as they were', () => {
    const approved = timed('Approved', { message: 'yes' });
    expect(stored([condition('Approved', { message: 'no' }), condition('Failed')], [approved])).toEqual([
      approved,
      timed('Failed'),
    ]);
    expect(stored([condition('Failed')], [approved])).toEqual([approved]);
    expect(stored([condition('Approved')], [])).toEqual([]);
  });
});

test.each<[object, string]>([
  [{}, 'Pending'],
  [{ conditions: [condition('Approved')], certificate: 'eA==' }, 'Approved,Issued'],
  [{ conditions: [condition('Denied'), condition('Failed')] }, 'Denied,Failed'],
])('a status of %j prints %s', (status, text) => {
  const spec = { ...wish({ expirationSeconds: 86400 }).spec, username: 'jane' };
  expect(cellsOf(certificatesigningrequests, { spec, status })).toMatchObject({
    SignerName: 'example.com/signer',
    Requestor: 'jane',
    RequestedDuration: '24h',
    Condition: text,
  });
});
