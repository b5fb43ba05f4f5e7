/** Requests for certificates from the wish to the certificate: kubectl approves, the controllers sign, and who holds it gets in. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificatesigningrequests } from '../api/kinds/certificatesigningrequests.ts';
import { clusterrolebindings } from '../api/kinds/clusterrolebindings.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { conditionOf } from '../api/meta.ts';
import type { CertificateSigningRequest } from '../api/types.ts';
import { ensureBootstrapObjects } from '../cli/bootstrap/bootstrap-objects.ts';
import { defaultGroup, secretOfToken } from '../cli/bootstrap/tokens.ts';
import { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { certificateRequest, type Wish } from './harness/certificate-request.ts';
import { clientCertificate } from './harness/client-certificate.ts';
import { type Running, startComponent } from './harness/component.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { kubectlPaths } from './harness/kubectl.ts';
import { run } from './harness/run.ts';

const token = { id: 'abcdef', secret: '0123456789abcdef' };
let store: EtcdServer;
let server: ApiServer;
let admin: RestClient;
let controllers: Running;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25_310, { 'enable-bootstrap-token-auth': 'true' });
  admin = server.client();
  controllers = await startComponent('controllers', server, 25_311, [
    '--leader-elect=false',
    `--cluster-signing-cert-file=${server.pki('ca.crt')}`,
    `--cluster-signing-key-file=${server.pki('ca.key')}`,
    '--cluster-signing-duration=1h',
  ]);
  await ensureBootstrapObjects(admin);
  const made = { ttlMs: 3_600_000, usages: ['authentication'], groups: [defaultGroup], description: '' };
  await admin.of(secrets).create(secretOfToken(token, made, Date.now()));
});

afterAll(async () => {
  admin?.close();
  await controllers?.stop();
  await server?.remove();
  await store?.remove();
});

const apiClient = { signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] };
const kubeletClient = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
};
const nodeSubject = (name: string): Wish['subject'] => [
  ['O', 'system:nodes'],
  ['CN', `system:node:${name}`],
];

const read = (name: string): Promise<CertificateSigningRequest> => admin.of(certificatesigningrequests).get(name);

/** Waits for the certificate. */
async function issued(name: string): Promise<Buffer> {
  const certificate = await eventually(`${name} is issued`, async () => (await read(name)).status?.certificate);
  return Buffer.from(certificate!, 'base64');
}

const conditionsOf = ({ status }: CertificateSigningRequest): string[] =>
  (status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);

/** A client that comes with the token. */
const bootstrapper = (): RestClient =>
  new RestClient({ ...admin.config, cert: undefined, key: undefined, token: `${token.id}.${token.secret}` });

const whoAmI = async (credentials: { cert: Buffer; key: Buffer }): Promise<{ username: string; groups: string[] }> => {
  const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} });
  const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const headers = { 'content-type': 'application/json' };
  const { text } = await server.raw(path, { method: 'POST', headers, body, credentials });
  return (JSON.parse(text) as { status: { userInfo: { username: string; groups: string[] } } }).status.userInfo;
};

describe.each([...kubectlPaths].filter(([minor]) => minor === 27 || minor === 33))('kubectl 1.%i', (minor, path) => {
  const kubectl = (args: string[], input = '') =>
    run(
      path,
      ['--kubeconfig', server.paths.kubeconfig, '--cache-dir', join(server.paths.dataDir, `k${minor}`), ...args],
      {
        input,
      },
    );

  test('approves, and who asked gets a certificate that is good for an hour', async () => {
    const name = `jane-${minor}`;
    const subject: Wish['subject'] = [
      ['O', 'developers'],
      ['CN', name],
    ];
    const { request, key } = await certificateRequest({ name, subject, ...apiClient });
    expect((await kubectl(['create', '-f', '-'], JSON.stringify(request))).stderr).toBe('');
    expect((await kubectl(['certificate', 'approve', name])).stdout).toContain(`${name} approved`);
    const cert = await issued(name);
    expect(await whoAmI({ cert, key })).toMatchObject({
      username: name,
      groups: ['developers', 'system:authenticated'],
    });
    const certificate = new X509Certificate(cert);
    expect(certificate.verify(new X509Certificate(readFileSync(server.pki('ca.crt'))).publicKey)).toBe(true);
    const hours = (Date.parse(certificate.validTo) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(0.9);
    expect(hours).toBeLessThanOrEqual(1);
    expect((await kubectl(['get', 'csr', name, '--no-headers'])).stdout).toMatch(/Approved,Issued\n$/);
  });

  test('denies, and nobody signs it', async () => {
    const name = `joe-${minor}`;
    const { request } = await certificateRequest({ name, subject: [['CN', name]], ...apiClient });
    await kubectl(['create', '-f', '-'], JSON.stringify(request));
    expect((await kubectl(['certificate', 'deny', name])).stdout).toContain(`${name} denied`);
    // One that was approved later has its certificate: the controllers have seen the denial.
    const later = `later-${minor}`;
    const next = await certificateRequest({ name: later, subject: [['CN', later]], ...apiClient });
    await kubectl(['create', '-f', '-'], JSON.stringify(next.request));
    await kubectl(['certificate', 'approve', later]);
    await issued(later);
    expect((await read(name)).status?.certificate).toBeUndefined();
  });

  test('tells what cannot be approved', async () => {
    const name = `root-${minor}`;
    const subject: Wish['subject'] = [
      ['O', 'system:masters'],
      ['CN', name],
    ];
    const { request } = await certificateRequest({ name, subject, ...apiClient });
    const { stderr } = await kubectl(['create', '-f', '-'], JSON.stringify(request));
    expect(stderr).toContain(
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    );
  });
});

test('an approved request that no signer gives fails, and says why', async () => {
  const wish = { ...kubeletClient, name: 'bad', subject: [['CN', 'jane']] as Wish['subject'] };
  const { request } = await certificateRequest(wish);
  await admin.of(certificatesigningrequests).create(request);
  const approved = { type: 'Approved', status: 'True', reason: 'Test' };
  await admin
    .of(certificatesigningrequests)
    .patch('bad', undefined, { status: { conditions: [approved] } }, { subresource: 'approval' });
  const failed = await eventually('the request fails', async () =>
    conditionOf((await read('bad')).status?.conditions, 'Failed'),
  );
  expect(failed).toMatchObject({
    reason: 'SignerValidationFailure',
    message: 'subject organization is not system:nodes',
  });
  expect((await read('bad')).status?.certificate).toBeUndefined();
});

describe('kubelets', () => {
  test('get their first certificate with a bootstrap token, and the next as themselves', async () => {
    const client = bootstrapper();
    const first = await certificateRequest({ ...kubeletClient, name: 'first', subject: nodeSubject('n1') });
    const created = await client.of(certificatesigningrequests).create(first.request);
    expect(created.spec).toMatchObject({ username: `system:bootstrap:${token.id}` });
    expect(created.spec.groups).toContain(defaultGroup);
    const credentials = { cert: await issued('first'), key: first.key };
    expect(conditionsOf(await read('first'))).toEqual(['Approved AutoApproved']);
    expect(await whoAmI(credentials)).toMatchObject({ username: 'system:node:n1' });
    client.close();

    const second = await certificateRequest({ ...kubeletClient, name: 'second', subject: nodeSubject('n1') });
    const self = new RestClient({ ...admin.config, cert: String(credentials.cert), key: String(credentials.key) });
    await self.of(certificatesigningrequests).create(second.request);
    await issued('second');
    const [condition] = (await read('second')).status?.conditions ?? [];
    expect(condition?.message).toBe('Auto approving self kubelet client certificate after SubjectAccessReview.');
    self.close();
  });

  test('get none for another node, nor for serving, by themselves', async () => {
    const { cert, key } = await clientCertificate(server, { subject: nodeSubject('n1') });
    const self = new RestClient({ ...admin.config, cert: String(cert), key: String(key) });
    const other = await certificateRequest({ ...kubeletClient, name: 'other', subject: nodeSubject('n2') });
    await self.of(certificatesigningrequests).create(other.request);
    const serving = await certificateRequest({
      name: 'serving',
      subject: nodeSubject('n1'),
      signerName: 'kubernetes.io/kubelet-serving',
      usages: ['digital signature', 'server auth'],
      names: [{ type: 'dns', value: 'n1' }],
    });
    await self.of(certificatesigningrequests).create(serving.request);
    const refusal = /recognized csr .*other.* as \[nodeclient\] but subject access review was not approved/;
    await eventually('the refusal is in the log', () => refusal.test(controllers.log()));
    for (const name of ['other', 'serving']) expect(conditionsOf(await read(name))).toEqual([]);
    self.close();
  });
});

describe('who may approve and sign', () => {
  let approver: { cert: Buffer; key: Buffer };
  const change = async (name: string, part: 'approval' | 'status', status: object) => {
    const answer = await server.raw(`/apis/certificates.k8s.io/v1/certificatesigningrequests/${name}/${part}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/merge-patch+json' },
      body: JSON.stringify({ status }),
      credentials: approver,
    });
    return answer.status < 400 ? answer.status : (JSON.parse(answer.text) as { message: string }).message;
  };

  beforeAll(async () => {
    const roles = 'rbac.authorization.k8s.io';
    const subject = { apiGroup: roles, kind: 'User', name: 'approver' };
    const client = admin.of(clusterrolebindings);
    for (const name of ['may-approve', 'may-write']) {
      const rules =
        name === 'may-write'
          ? [
              {
                apiGroups: ['certificates.k8s.io'],
                resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status'],
                verbs: ['*'],
              },
            ]
          : [
              {
                apiGroups: ['certificates.k8s.io'],
                resources: ['signers'],
                resourceNames: ['example.com/*'],
                verbs: ['approve'],
              },
            ];
      await admin.json({
        method: 'POST',
        path: `/apis/${roles}/v1/clusterroles`,
        body: { metadata: { name }, rules },
      });
      await client.create({
        metadata: { name },
        roleRef: { apiGroup: roles, kind: 'ClusterRole', name },
        subjects: [subject],
      });
    }
    approver = await clientCertificate(server, { subject: [['CN', 'approver']] });
    for (const [name, signerName] of [
      ['theirs', 'example.com/one'],
      ['not-theirs', 'example.org/one'],
    ] as const) {
      const { request } = await certificateRequest({
        name,
        subject: [['CN', 'x']],
        signerName,
        usages: ['client auth'],
      });
      await admin.of(certificatesigningrequests).create(request);
    }
  });

  const approved = { conditions: [{ type: 'Approved', status: 'True', reason: 'Test' }] };

  test('is said by the signer of the request', async () => {
    await eventually('the roles count', async () => (await change('theirs', 'approval', approved)) === 200);
    expect(await change('not-theirs', 'approval', approved)).toContain(
      'user not permitted to approve requests with signerName "example.org/one"',
    );
    expect(await change('theirs', 'status', { certificate: readFileSync(server.pki('ca.crt'), 'base64') })).toContain(
      'user not permitted to sign requests with signerName "example.com/one"',
    );
  });
});
