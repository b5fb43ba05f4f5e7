/** Two API servers and the quota controller on one store: however many create and delete at once, no quota is overrun. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../api/errors.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import { pods } from '../api/kinds/pods.ts';
import { resourcequotas } from '../api/kinds/resourcequotas.ts';
import type { Pod } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import { type Running, startComponent } from './harness/component.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const most = 10;

describe.each(backends(25_560))('on $name', ({ start }) => {
  let store: EtcdServer;
  let servers: ApiServer[];
  let clients: RestClient[];
  let controllers: Running;

  beforeAll(async () => {
    store = await start();
    // No controller of this test makes service accounts.
    const flags = { 'disable-admission-plugins': 'ServiceAccount' };
    servers = await Promise.all([25_563, 25_564].map((port) => ApiServer.start(store.endpoint, port, flags)));
    clients = servers.map((server) => server.client());
    controllers = await startComponent('controllers', servers[0]!, 25_565, [
      '--leader-elect=false',
      '--controllers=resourcequota-controller',
    ]);
  });

  afterAll(async () => {
    await controllers?.stop();
    for (const client of clients ?? []) client.close();
    for (const server of servers ?? []) await server.remove();
    await store?.remove();
  });

  const used = async (ns: string) =>
    Promise.all(
      clients.map(async (client) => (await client.of(resourcequotas).get('quota', ns)).status?.used?.['pods']),
    );
  const usedIs = (ns: string, wanted: number) =>
    eventually(`${wanted} are used`, async () => (await used(ns)).every((one) => one === String(wanted)));
  const limited = async (name: string): Promise<string> => {
    await clients[0]!.of(namespaces).create({ metadata: { name } });
    const hard = { pods: String(most) };
    await clients[0]!.of(resourcequotas).create({ metadata: { name: 'quota', namespace: name }, spec: { hard } });
    await usedIs(name, 0);
    return name;
  };
  const create = (i: number, namespace: string, name: string): Promise<Pod> =>
    clients[i % 2]!.of(pods).create({
      metadata: { name, namespace },
      spec: { containers: [{ name: 'c', image: 'busybox' }] },
    });

  test('of 64 that create at once as many succeed as there is room for', async () => {
    const ns = await limited('rush');
    const results = await Promise.allSettled(Array.from({ length: 64 }, (_, i) => create(i, ns, `pod-${i}`)));
    for (const result of results) {
      if (result.status === 'rejected') expect(String(result.reason)).toContain(`limited: pods=${most}`);
    }
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(most);
    expect((await clients[1]!.of(pods).list({ namespace: ns })).items).toHaveLength(most);
    await usedIs(ns, most);
  });

  test('what is not created is charged nothing', async () => {
    const ns = await limited('failures');
    await create(0, ns, 'same');
    const again = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => create(i, ns, 'same')));
    expect(again.every((one) => one.status === 'rejected' && (one.reason as ApiError).reason === 'AlreadyExists')).toBe(
      true,
    );
    expect(await used(ns)).toEqual(['1', '1']);
  });

  test('while others delete, and the controller counts anew, there are never more than there may be', async () => {
    const ns = await limited('churn');
    const watch = servers[1]!.watch(`/api/v1/namespaces/${ns}/pods?watch=true`);
    await eventually('the watch is open', () => watch.status === 200);
    let created = 0;
    const churn = async (worker: number): Promise<void> => {
      for (let round = 0; round < 12; round++) {
        const name = `pod-${worker}-${round}`;
        try {
          await create(worker + round, ns, name);
          created += 1;
          await clients[worker % 2]!.of(pods).delete(name, ns, { gracePeriodSeconds: 0 });
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
          expect((error as ApiError).message).toContain('exceeded quota');
        }
      }
    };
    await Promise.all(Array.from({ length: 24 }, (_, worker) => churn(worker)));
    await usedIs(ns, 0);
    const of = (type: string): number => watch.events.filter((event) => event.type === type).length;
    await eventually('the watch has seen all', () => of('ADDED') === created && of('DELETED') === created);
    const alive = new Set<string>();
    let highest = 0;
    for (const { type, object } of watch.events) {
      if (type === 'ADDED') alive.add(object.metadata.name!);
      if (type === 'DELETED') alive.delete(object.metadata.name!);
      highest = Math.max(highest, alive.size);
    }
    watch.close();
    expect(highest).toBeLessThanOrEqual(most);
    // The quota has been reached, and room was given back.
    expect(created).toBeGreaterThan(most);
  });
});
