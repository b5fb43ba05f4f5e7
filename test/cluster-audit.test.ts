/** A cluster of minikctl, with simulated containers: what it records by itself, and how it keeps Secrets. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { leases } from '../api/kinds/leases.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { pathsOf } from '../cli/cluster/layout.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { RestClient } from '../client/rest.ts';
import { AuditLog } from './harness/audit-log.ts';
import { root } from './harness/cluster.ts';
import { etcdctlOutput, etcdctlPresent } from './harness/etcdctl.ts';
import { eventually } from './harness/eventually.ts';
import { type Result, run } from './harness/run.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'minik-audit-'));
const paths = pathsOf(dataDir);
const log = new AuditLog(paths.auditLog);
const minikctl = (...args: string[]): Promise<Result> =>
  run(join(root, 'cli/minikctl'), args, { env: { MINIK_HOME: dataDir } });
const up = async (...args: string[]): Promise<void> => {
  expect(await minikctl('cluster', 'up', '--runtime', 'fake', ...args)).toMatchObject({ status: 0 });
};
const client = (): RestClient => new RestClient(loadKubeconfig(paths.kubeconfig));
const password = 'correct horse battery staple';
const encoded = Buffer.from(password).toString('base64');

beforeAll(() => up());
afterAll(async () => {
  await minikctl('cluster', 'down', '--purge');
  rmSync(dataDir, { recursive: true, force: true });
});

test('it records writes, and nothing of what components read and report all the time', async () => {
  const api = client();
  await api.of(secrets).create({ metadata: { name: 'early', namespace: 'default' }, stringData: { password } });
  await eventually('a lease has been renewed', async () => {
    const { items } = await api.of(leases).list({ namespace: 'kube-node-lease' });
    return items.length > 0;
  });
  api.close();
  const events = await log.events();
  expect(events.filter(({ objectRef }) => ['leases', 'events'].includes(objectRef?.resource ?? ''))).toEqual([]);
  expect(events.filter(({ stage }) => stage === 'RequestReceived')).toEqual([]);
  const reads = events.filter(({ verb }) => ['get', 'list', 'watch'].includes(verb));
  expect(reads.map(({ user }) => user.username).filter((name) => name?.startsWith('system:'))).toEqual([]);
  const [created] = await log.at('ResponseComplete', ({ objectRef }) => objectRef?.name === 'early');
  expect(created).toMatchObject({ level: 'Metadata', verb: 'create', user: { username: 'kubernetes-admin' } });
  const bound = await log.at('ResponseComplete', ({ objectRef }) => objectRef?.resource === 'nodes');
  expect(bound.map(({ user }) => user.username)).toContain('system:node:minik-1');
  expect(readFileSync(log.path, 'utf8')).not.toContain(encoded);
  expect(parse(readFileSync(paths.auditPolicy, 'utf8'))).toMatchObject({ kind: 'Policy' });
  for (const file of [paths.auditPolicy, paths.auditLog]) expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('minikctl audit tells who it was, also when the cluster is down', async () => {
  const asked = await minikctl('audit', 'secret/early', '--no-headers');
  expect(asked.stdout).toMatch(/^\S+Z +kubernetes-admin +create +secrets\/early +201 +127\.0\.0\.1 +\d+\n$/);
  await minikctl('cluster', 'down');
  expect((await minikctl('audit', 'secret/early', '--no-headers')).stdout).toBe(asked.stdout);
});

test('Secrets are encrypted from when it is asked for, and that is kept', async () => {
  await up('--secrets-encryption');
  const api = client();
  try {
    const { stringData: _, ...early } = await api.of(secrets).get('early', 'default');
    await api.of(secrets).create({ metadata: { name: 'late', namespace: 'default' }, stringData: { password } });
    const stored = (name: string) =>
      etcdctlOutput(`unix://${paths.storeSocket}`, 'get', `/registry/secrets/default/${name}`, '--print-value-only');
    if (etcdctlPresent) {
      expect(await stored('early')).toContain(encoded);
      expect(await stored('late')).toMatch(/^k8s:enc:secretbox:v1:key1:/);
    }
    await api.of(secrets).update(early);
    if (etcdctlPresent) expect(await stored('early')).toMatch(/^k8s:enc:secretbox:v1:key1:/);
    expect((await api.of(secrets).get('late', 'default')).data).toEqual({ password: encoded });
  } finally {
    api.close();
  }
  const before = readFileSync(paths.encryptionConfig, 'utf8');
  expect(statSync(paths.encryptionConfig).mode & 0o777).toBe(0o600);
  await minikctl('cluster', 'down');
  await up();
  expect(readFileSync(paths.encryptionConfig, 'utf8')).toBe(before);
  const again = client();
  expect((await again.of(secrets).get('late', 'default')).data).toEqual({ password: encoded });
  again.close();
  // No log tells a key or a Secret.
  const { secret } = parse(before).resources[0].providers[0].secretbox.keys[0];
  for (const file of readdirSync(paths.logs)) {
    const text = readFileSync(join(paths.logs, file), 'utf8');
    for (const word of [secret, encoded, password]) expect(text).not.toContain(word);
  }
});
