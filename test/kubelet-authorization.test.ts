/** Who may use a kubelet's port: it asks the API server who calls, and whether they may. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterrolebindings } from '../api/kinds/clusterrolebindings.ts';
import { clusterroles } from '../api/kinds/clusterroles.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { serviceaccounts } from '../api/kinds/serviceaccounts.ts';
import type { RestClient } from '../client/rest.ts';
import { createAuthority } from './harness/certificates.ts';
import { Cluster } from './harness/cluster.ts';

let cluster: Cluster;
let client: RestClient;
let host: string;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  cluster = await Cluster.start({ runtime: 'fake', nodes: 2 });
  client = cluster.client();
  const { status } = await client.of(nodes).get('minik-1');
  host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '';
  await client.of(namespaces).create({ metadata: { name: 'twin' } });
  for (const [namespace, name] of [
    ['default', 'stats'],
    ['default', 'pods'],
    ['default', 'other-node'],
    ['default', 'everything'],
    ['default', 'nobody'],
    ['twin', 'everything'],
  ] as const) {
    await client.of(serviceaccounts).create({ metadata: { name, namespace } });
    tokens[`${namespace}/${name}`] = await tokenOf(namespace, name);
  }
  await allow('stats', ['get'], 'nodes/stats');
  await allow('pods', ['get'], 'nodes/pods');
  await allow('other-node', ['*'], 'nodes/proxy', 'minik-2');
  await allow('everything', ['*'], 'nodes/proxy');
});

afterAll(async () => {
  client?.close();
  await cluster?.purge();
});

async function tokenOf(namespace: string, name: string, spec: object = {}): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
  const { text } = await client.request({ method: 'POST', path, body });
  return (JSON.parse(text) as { status: { token: string } }).status.token;
}

async function allow(account: string, verbs: string[], resource: string, node?: string): Promise<void> {
  const name = `kubelet-${account}`;
  const rule = { verbs, apiGroups: [''], resources: [resource], ...(node && { resourceNames: [node] }) };
  await client.of(clusterroles).create({ metadata: { name }, rules: [rule] });
  await client.of(clusterrolebindings).create({
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: 'default' }],
  });
}

interface Caller {
  token?: string;
  cert?: Buffer;
  key?: Buffer;
}

const pki = (file: string): Buffer => readFileSync(join(cluster.dataDir, 'pki', file));
const holder = (name: string): Caller => ({ cert: pki(`${name}.crt`), key: pki(`${name}.key`) });
const account = (name: string): Caller => ({ token: tokens[name]! });

function ask(
  { token, ...credentials }: Caller,
  path: string,
  method = 'GET',
  more: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((done, reject) => {
    const headers = { ...more, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const options = { host, port: 10_250, path, method, headers, ca: pki('ca.crt'), agent: false, ...credentials };
    const sent = request(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => done({ status: answer.statusCode ?? 0, text: text.trim() }));
    });
    sent.on('error', reject).end();
  });
}

test.each<[string, () => Caller, string, string, number]>([
  ['nobody', () => ({}), 'GET', '/pods', 401],
  ['nobody', () => ({}), 'GET', '/healthz', 401],
  ['an empty token', () => ({ token: '' }), 'GET', '/pods', 401],
  ['a token of nobody', () => ({ token: 'a.b.c' }), 'GET', '/pods', 401],
  ['the API server', () => holder('apiserver-kubelet-client'), 'GET', '/pods', 200],
  ['the administrator', () => holder('admin'), 'GET', '/stats/summary', 200],
  ['the scheduler', () => holder('scheduler'), 'GET', '/pods', 403],
  ['the proxy', () => holder('proxy'), 'GET', '/pods', 403],
  ['the node', () => holder('kubelet-minik-1'), 'GET', '/pods', 403],
  ['another node', () => holder('kubelet-minik-2'), 'GET', '/pods', 403],
  ['stats', () => account('default/stats'), 'GET', '/stats/summary', 200],
  ['stats', () => account('default/stats'), 'POST', '/stats/summary', 403],
  ['stats', () => account('default/stats'), 'GET', '/pods', 403],
  ['pods', () => account('default/pods'), 'GET', '/pods', 200],
  ['pods', () => account('default/pods'), 'GET', '/stats/summary', 403],
  ['pods', () => account('default/pods'), 'GET', '/healthz', 403],
  ['another node’s', () => account('default/other-node'), 'GET', '/pods', 403],
  ['everything', () => account('default/everything'), 'GET', '/pods', 200],
  ['everything', () => account('default/everything'), 'GET', '/healthz', 200],
  ['everything', () => account('default/everything'), 'GET', '/containerLogs/default/none/none', 404],
  ['nodes/proxy does not mean nodes/stats', () => account('default/everything'), 'GET', '/stats/summary', 403],
  ['its twin', () => account('twin/everything'), 'GET', '/pods', 403],
  ['an account without rights', () => account('default/nobody'), 'GET', '/exec/default/p/c', 403],
  ['an account without rights', () => account('default/nobody'), 'POST', '/run/default/p/c', 403],
])('%s: %o %s %s: %i', async (_, caller, method, path, status) => {
  const answer = await ask(caller(), path, method);
  expect(answer, answer.text).toMatchObject({ status });
});

test.each([
  '/pods/../containerLogs/default/p/c',
  '/pods/%2e%2e/containerLogs/default/p/c',
  '/pods%2f..%2fcontainerLogs/default/p/c',
  '//pods/containerLogs/default/p/c',
  '/pods//../exec/default/p/c',
  '/%63ontainerLogs/default/p/c',
  '/CONTAINERLOGS/default/p/c',
])('%s is not open to who may see pods', async (path) => {
  expect((await ask(account('default/pods'), path)).status).not.toBe(200);
  expect((await ask(account('default/nobody'), path)).status).toBe(403);
});

test.each(['exec', 'attach', 'portForward'])(
  '%s: who may not is refused before the connection is taken over',
  async (what) => {
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'eA==',
    };
    const path = what === 'portForward' ? `/${what}/default/p?port=80` : `/${what}/default/p/c?command=id&output=1`;
    expect((await ask({}, path, 'GET', upgrade)).status).toBe(401);
    expect((await ask(account('default/pods'), path, 'GET', upgrade)).status).toBe(403);
    expect((await ask(account('default/everything'), path, 'GET', upgrade)).status).toBe(404);
  },
);

test('a refusal says what was asked for', async () => {
  expect(await ask(holder('scheduler'), '/pods')).toEqual({
    status: 403,
    text: 'Forbidden (user=system:kube-scheduler, verb=get, resource=nodes, subresource(s)=[pods proxy])',
  });
});

test('a token for others than the API server, of an account that is no more, or with a changed claim, is nobody’s', async () => {
  const elsewhere = await tokenOf('default', 'everything', { audiences: ['https://elsewhere'] });
  expect((await ask({ token: elsewhere }, '/pods')).status).toBe(401);
  const [head, payload, signature] = tokens['default/nobody']!.split('.');
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString());
  const forged = Buffer.from(JSON.stringify({ ...claims, sub: 'system:serviceaccount:default:everything' }));
  expect((await ask({ token: `${head}.${forged.toString('base64url')}.${signature}` }, '/pods')).status).toBe(401);
  const none = Buffer.from('{"alg":"none"}').toString('base64url');
  expect((await ask({ token: `${none}.${payload}.` }, '/pods')).status).toBe(401);
  await client.of(serviceaccounts).create({ metadata: { name: 'gone', namespace: 'default' } });
  const gone = await tokenOf('default', 'gone');
  await client.of(serviceaccounts).delete('gone', 'default');
  expect((await ask({ token: gone }, '/pods')).status).toBe(401);
});

test('a certificate of another authority is nobody’s', async () => {
  const stranger = await createAuthority(cluster.dataDir, 'stranger');
  const { certFile, keyFile } = await stranger.issue('kube-apiserver-kubelet-client');
  expect((await ask({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, '/pods')).status).toBe(401);
});
