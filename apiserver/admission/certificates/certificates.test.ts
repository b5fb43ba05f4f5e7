import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { allKinds } from '../../../api/kinds/all.ts';
import type { Access } from '../../authz/authorizer.ts';
import { builtInResources } from '../../registry/resource.ts';
import { Resources } from '../../registry/resources.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import { certificateApproval } from './approval.ts';
import { certificateSigning } from './signing.ts';
import { certificateSubjectRestriction } from './subject-restriction.ts';

const resource = new Resources(builtInResources(allKinds)).must('certificates.k8s.io', 'certificatesigningrequests');
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

async function requestOf(name: string): Promise<string> {
  const keys = (await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const request = await Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm: algorithm });
  return Buffer.from(request.toString('pem')).toString('base64');
}

/** What the plugin says to a write; `may` are the verbs and signers that the user is allowed. */
function refusal(plugin: AdmissionPlugin, attempt: object, may: string[] = []): string | undefined {
  const authorizer = {
    decide: (_: unknown, { verb, group, resource, name }: Access) => ({
      allowed: group === 'certificates.k8s.io' && resource === 'signers' && may.includes(`${verb} ${name}`),
    }),
  };
  const admission = { resource, subresource: '', name: 'r', options: { user: {} }, served: { authorizer }, ...attempt };
  try {
    plugin.validate?.(admission as unknown as Admission);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const old = { metadata: { name: 'r' }, spec: { signerName: 'example.com/signer' } };
const refused = (verb: string): string =>
  `certificatesigningrequests.certificates.k8s.io "r" is forbidden: user not permitted to ${verb} requests with signerName "example.com/signer"`;

describe('approval', () => {
  const approval = { operation: 'update', subresource: 'approval', old, object: old };
  test.each<[object, string[], string | undefined]>([
    [approval, [], refused('approve')],
    [approval, ['approve example.com/signer'], undefined],
    [approval, ['approve example.com/*'], undefined],
    [approval, ['sign example.com/*', 'approve example.com/other', 'approve *'], refused('approve')],
    [{ ...approval, subresource: '' }, [], undefined],
  ])('%o by one who may %o', (attempt, may, reason) => {
    expect(refusal(certificateApproval, attempt, may)).toBe(reason);
  });
});

describe('signing', () => {
  const status = (next: object) => ({
    operation: 'update',
    subresource: 'status',
    old,
    object: { ...old, status: next },
  });
  test.each<[object, string[], string | undefined]>([
    [status({ certificate: 'x' }), [], refused('sign')],
    [status({ certificate: 'x' }), ['sign example.com/signer'], undefined],
    [status({ certificate: 'x' }), ['sign example.com/*'], undefined],
    [status({ conditions: [{ type: 'Failed', status: 'True' }] }), ['approve example.com/signer'], refused('sign')],
    [status({}), [], undefined],
  ])('%o by one who may %o', (attempt, may, reason) => {
    expect(refusal(certificateSigning, attempt, may)).toBe(reason);
  });
});

describe('the subject', () => {
  const apiClient = 'kubernetes.io/kube-apiserver-client';
  const masters =
    'certificatesigningrequests.certificates.k8s.io "r" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed';
  test.each<[string, string, string | undefined]>([
    ['CN=jane,O=dev', apiClient, undefined],
    ['CN=jane,O=system:masters', apiClient, masters],
    ['CN=jane,O=dev,O=system:masters', apiClient, masters],
    ['CN=jane,O=dev+O=system:masters', apiClient, masters],
    ['CN=system:masters', apiClient, undefined],
    ['CN=jane,O=system:masters', 'example.com/signer', undefined],
  ])('%s for %s', async (name, signerName, reason) => {
    const object = { metadata: { name: 'r' }, spec: { request: await requestOf(name), signerName } };
    expect(refusal(certificateSubjectRestriction, { operation: 'create', object })).toBe(reason);
  });
});
