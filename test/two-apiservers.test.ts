/** Two API servers on one store: nothing is lost between them, both tell the same story, and either may be killed. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../api/errors.ts';
import { configmaps } from '../api/kinds/configmaps.ts';
import { services } from '../api/kinds/services.ts';
import type { ConfigMap, Service } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type OpenWatch } from './harness/apiserver.ts';
import { backends } from './harness/backends.ts';
import type { EtcdServer } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

const writers = 16;
const rounds = 6;

describe.each(backends(25_630))('on $name', ({ start }) => {
  let store: EtcdServer;
  let servers: ApiServer[];
  let clients: RestClient[];

  beforeAll(async () => {
    store = await start();
    servers = await Promise.all([25_632, 25_633].map((port) => ApiServer.start(store.endpoint, port)));
    clients = servers.map((server) => server.client());
  });

  afterAll(async () => {
    for (const client of clients ?? []) client.close();
    for (const server of servers ?? []) await server.remove();
    await store?.remove();
  });

  const named = (name: string): ConfigMap => ({ metadata: { name, namespace: 'default' }, data: {} });

  /**
   * Raises this writer's own figure in an object that all writers change. A lost update would put back somebody's figure. When a
   * server is gone the other one is asked, and what the lost answer would have said is read there.
   */
  async function raise(writer: number, name: string): Promise<void> {
    const own = `writer-${writer}`;
    let side = writer % 2;
    for (let round = 1; round <= rounds; ) {
      try {
        const maps = clients[side]!.of(configmaps);
        const object = await maps.get(name, 'default');
        if (Number(object.data?.[own] ?? 0) < round) {
          await maps.update({ ...object, data: { ...object.data, [own]: String(round) } });
        }
        round += 1;
      } catch (error) {
        const conflict = error instanceof ApiError && error.reason === 'Conflict';
        if (!conflict) side = 1 - side;
      }
    }
  }

  const allRaised = Object.fromEntries(
    Array.from({ length: writers }, (_, writer) => [`writer-${writer}`, String(rounds)]),
  );
  const everyoneRaises = (name: string): Promise<unknown> =>
    Promise.all(Array.from({ length: writers }, (_, writer) => raise(writer, name)));
  const watch = (server: ApiServer, name: string): OpenWatch =>
    server.watch(`/api/v1/namespaces/default/configmaps?watch=true&fieldSelector=metadata.name%3D${name}`);
  const versions = ({ events }: OpenWatch): string[] => events.map(({ object }) => object.metadata.resourceVersion!);

  test('sixteen writers lose no update, and watchers of both see the same order', async () => {
    const watches = servers.map((server) => watch(server, 'shared'));
    await eventually('they are connected', () => watches.every(({ status }) => status === 200));
    await clients[0]!.of(configmaps).create(named('shared'));
    await everyoneRaises('shared');
    for (const client of clients) {
      expect((await client.of(configmaps).get('shared', 'default')).data).toEqual(allRaised);
    }
    const expected = 1 + writers * rounds;
    await eventually('both have seen all', () => watches.every(({ events }) => events.length >= expected));
    expect(versions(watches[0]!)).toEqual(versions(watches[1]!));
    const ordered = versions(watches[0]!).map(Number);
    expect(ordered).toEqual(ordered.toSorted((a, b) => a - b));
    for (const opened of watches) opened.close();
  });

  test('cluster IPs and node ports are given once, whoever gives them', async () => {
    const create = (i: number): Promise<Service> =>
      clients[i % 2]!.of(services).create({
        metadata: { name: `service-${i}`, namespace: 'default' },
        spec: { type: 'NodePort', ports: [{ port: 80 }] },
      });
    const created = await Promise.all(Array.from({ length: 40 }, (_, i) => create(i)));
    expect(new Set(created.map(({ spec }) => spec?.clusterIP)).size).toBe(40);
    expect(new Set(created.map(({ spec }) => spec?.ports?.[0]?.nodePort)).size).toBe(40);
    // The same address for all: one gets it.
    const same = await Promise.allSettled(
      Array.from({ length: 8 }, (_, i) =>
        clients[i % 2]!.of(services).create({
          metadata: { name: `same-${i}`, namespace: 'default' },
          spec: { clusterIP: '10.96.0.77', ports: [{ port: 80 }] },
        }),
      ),
    );
    expect(same.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const refused of same.filter((result) => result.status === 'rejected')) {
      expect(String(refused.reason)).toContain('provided IP is already allocated');
    }
  });

  test.each([0, 1])(
    'server %i may be killed: the writers go on with the other, which tells its watchers all',
    async (victim) => {
      const name = `shared-${victim}`;
      await clients[0]!.of(configmaps).create(named(name));
      const other = watch(servers[1 - victim]!, name);
      await eventually('it is connected', () => other.status === 200);
      const writing = everyoneRaises(name);
      await eventually('they have begun', () => other.events.length > 20);
      await servers[victim]!.stop('SIGKILL');
      await writing;
      const { data, metadata } = await clients[1 - victim]!.of(configmaps).get(name, 'default');
      expect(data).toEqual(allRaised);
      await eventually('the watch has the last', () => versions(other).at(-1) === metadata.resourceVersion);
      expect(other.events.length).toBe(1 + writers * rounds);
      other.close();
      await servers[victim]!.launch();
      expect((await clients[victim]!.of(configmaps).get(name, 'default')).data).toEqual(allRaised);
    },
  );
});
