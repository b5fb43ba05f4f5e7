/** The roles and bindings that a cluster starts with, how a start repairs them, and the flag that says who decides. */
import { statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterrolebindings } from '../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../api/kinds/clusterroles.ts';
import { rolebindings } from '../api/kinds/rolebindings.ts';
import { roles } from '../api/kinds/roles.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { People } from './harness/people.ts';

const group = 'rbac.authorization.k8s.io';
const people = new People({ ann: [] });
let store: EtcdServer;

beforeAll(async () => {
  store = await startStore();
});

afterAll(async () => {
  people.remove();
  await store?.remove();
});

/** A start on the store of all these tests, with other flags. */
async function withServer<T>(flags: Record<string, string>, use: (server: ApiServer, admin: RestClient) => Promise<T>) {
  const server = await ApiServer.start(store.endpoint, 25_230, { ...people.flags, ...flags });
  const admin = server.client();
  try {
    return await use(server, admin);
  } finally {
    admin.close();
    await server.remove();
  }
}

test('the store’s socket is for its owner only', () => {
  expect((statSync(new URL(store.endpoint).pathname).mode & 0o777).toString(8)).toBe('600');
});

test('there are Kubernetes’ own, marked as such', async () => {
  await withServer({}, async (_, admin) => {
    const all = [
      ...(await admin.of(clusterroles).list()).items,
      ...(await admin.of(clusterrolebindings).list()).items,
      ...(await admin.of(roles).list()).items,
      ...(await admin.of(rolebindings).list()).items,
    ];
    expect(all.length).toBeGreaterThan(130);
    for (const { metadata } of all) {
      expect(metadata).toMatchObject({
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      });
    }
    expect(await admin.of(clusterroles).get('system:public-info-viewer')).toMatchObject({
      rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] }],
    });
    expect(await admin.of(clusterroles).get('edit')).toMatchObject({
      metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-admin': 'true' } },
      aggregationRule: {
        clusterRoleSelectors: [{ matchLabels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } }],
      },
    });
    expect(await admin.of(clusterrolebindings).get('system:public-info-viewer')).toMatchObject({
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'system:public-info-viewer' },
      subjects: [
        { kind: 'Group', name: 'system:authenticated' },
        { kind: 'Group', name: 'system:unauthenticated' },
      ],
    });
  });
});

test('a start adds what they lack, keeps what was added, and leaves alone whose owner says so', async () => {
  const extra = { verbs: ['get'], apiGroups: ['example.com'], resources: ['things'] };
  const own = { kind: 'User', name: 'ann', apiGroup: group };
  await withServer({}, async (_, admin) => {
    const discovery = await admin.of(clusterroles).get('system:discovery');
    await admin.of(clusterroles).update({ ...discovery, rules: [extra] });
    const basic = await admin.of(clusterroles).get('system:basic-user');
    const annotations = { 'rbac.authorization.kubernetes.io/autoupdate': 'false' };
    await admin.of(clusterroles).update({ ...basic, rules: [], metadata: { ...basic.metadata, annotations } });
    const binding = await admin.of(clusterrolebindings).get('system:discovery');
    await admin.of(clusterrolebindings).update({ ...binding, subjects: [own] });
    const { metadata, roleRef: _ref, ...rest } = await admin.of(clusterrolebindings).get('system:kube-dns');
    await admin.of(clusterrolebindings).delete('system:kube-dns');
    const wrong = { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' };
    await admin.of(clusterrolebindings).create({
      ...rest,
      metadata: { name: metadata.name!, annotations: metadata.annotations! },
      roleRef: wrong,
    });
    await admin.of(clusterrolebindings).delete('system:basic-user');
    await admin.of(roles).delete('system:controller:token-cleaner', 'kube-system');
  });
  await withServer({}, async (_, admin) => {
    const { rules = [] } = await admin.of(clusterroles).get('system:discovery');
    expect(rules[0]).toEqual(extra);
    expect(rules.flatMap(({ nonResourceURLs = [] }) => nonResourceURLs)).toContain('/openapi/*');
    expect((await admin.of(clusterroles).get('system:basic-user')).rules ?? []).toEqual([]);
    const { subjects } = await admin.of(clusterrolebindings).get('system:discovery');
    expect(subjects).toEqual([own, { kind: 'Group', name: 'system:authenticated', apiGroup: group }]);
    expect((await admin.of(clusterrolebindings).get('system:kube-dns')).roleRef.name).toBe('system:kube-dns');
    await admin.of(clusterrolebindings).get('system:basic-user');
    await admin.of(roles).get('system:controller:token-cleaner', 'kube-system');
  });
});

test('a start that finds them as they are writes none of them', async () => {
  const versions = (admin: RestClient) =>
    admin
      .of(clusterroles)
      .list()
      .then(({ items }) => items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
  const before = await withServer({}, (_, admin) => versions(admin));
  expect(await withServer({}, (_, admin) => versions(admin))).toEqual(before);
});

describe('--authorization-mode', () => {
  const asAnn = (server: ApiServer) =>
    people.ask(server, 'ann', '/api/v1/secrets').then(({ status, text }) => ({ status, text }));

  test.each<[string, number, string]>([
    ['Node,RBAC', 403, 'at the cluster scope"'],
    ['RBAC', 403, 'at the cluster scope"'],
    ['AlwaysDeny', 403, 'at the cluster scope: Everything is forbidden."'],
    ['AlwaysAllow', 200, 'SecretList'],
  ])('%s: %i', async (mode, status, text) => {
    const flags: Record<string, string> = { 'authorization-mode': mode };
    const answer = await withServer(flags, asAnn);
    expect(answer).toEqual({ status, text: expect.stringContaining(text) });
  });
});
