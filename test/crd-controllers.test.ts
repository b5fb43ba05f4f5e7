/** Controllers that handle every kind handle those that are defined while they run: garbage collection, namespaces. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type Running, startComponent } from './harness/component.ts';
import {
  anything,
  define,
  definitionOf,
  json,
  objectNamed,
  objectsPath,
  versionOf,
} from './harness/custom-resources.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
let controllers: Running;

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25440);
  client = server.client();
  controllers = await startComponent('controllers', server, 25441, ['--leader-elect=false']);
});

afterAll(async () => {
  expect(await controllers?.stop()).toBe(0);
  client?.close();
  await server?.remove();
  await store?.remove();
});

const path = objectsPath('owners');
const status = async (at: string): Promise<number> => (await json(server, 'GET', at)).status;
const gone = (what: string, at: string) => eventually(`${what} is gone`, async () => (await status(at)) === 404);

test('dependents of a custom resource go with it, and custom resources with their owners', async () => {
  await define(definitionOf('owners', [versionOf('v1', anything)]), server);
  const owner = (await json(server, 'POST', path, objectNamed('Owner', 'top'))).body;
  const referTo = ({ apiVersion, kind, metadata }: typeof owner) => [
    { apiVersion, kind, name: metadata.name, uid: metadata.uid },
  ];
  const middle = objectNamed('Owner', 'middle');
  middle.metadata.ownerReferences = referTo(owner);
  const created = (await json(server, 'POST', path, middle)).body;
  await client
    .of(configmaps)
    .create({ metadata: { name: 'bottom', namespace: 'default', ownerReferences: referTo(created) } });
  // The collector has learnt of the kind when it sees that this one has an owner that never was.
  const lost = objectNamed('Owner', 'lost');
  lost.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: 'a-uid-of-nobody' }];
  await json(server, 'POST', path, lost);
  await gone('what has no owner', `${path}/lost`);
  expect(await status(`${path}/middle`)).toBe(200);
  await json(server, 'DELETE', `${path}/top`, { propagationPolicy: 'Background' });
  await gone('the middle', `${path}/middle`);
  await gone('the bottom', '/api/v1/namespaces/default/configmaps/bottom');
});

test('a foreground deletion waits for custom resources', async () => {
  const map = await client.of(configmaps).create({ metadata: { name: 'waiting', namespace: 'default' } });
  const dependent = objectNamed('Owner', 'holding');
  const { name, uid } = map.metadata;
  dependent.metadata.ownerReferences = [
    { apiVersion: 'v1', kind: 'ConfigMap', name: name!, uid: uid!, blockOwnerDeletion: true },
  ];
  dependent.metadata.finalizers = ['example.com/hold'];
  await json(server, 'POST', path, dependent);
  const deleting = async () =>
    (await json(server, 'GET', `${path}/holding`)).body.metadata.deletionTimestamp !== undefined;
  await client.of(configmaps).delete('waiting', 'default', { propagationPolicy: 'Foreground' });
  await eventually('the dependent is being deleted', deleting);
  expect(await status('/api/v1/namespaces/default/configmaps/waiting')).toBe(200);
  const headers = { 'content-type': 'application/merge-patch+json' };
  await json(server, 'PATCH', `${path}/holding`, { metadata: { finalizers: null } }, headers);
  await gone('the owner', '/api/v1/namespaces/default/configmaps/waiting');
});

test('a namespace that goes takes its custom resources along', async () => {
  await client.of(namespaces).create({ metadata: { name: 'going' } });
  const inside = objectsPath('owners', 'v1', 'going');
  expect((await json(server, 'POST', inside, objectNamed('Owner', 'a'))).status).toBe(201);
  await client.of(namespaces).delete('going');
  await gone('the namespace', '/api/v1/namespaces/going');
  expect((await json(server, 'GET', inside)).body.items).toEqual([]);
});
