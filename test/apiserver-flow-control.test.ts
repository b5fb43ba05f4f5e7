/** Flow control as clients meet it: who is greedy waits, nobody else does, and the objects decide from the moment they change. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { flowschemas } from '../api/kinds/flowschemas.ts';
import { prioritylevelconfigurations } from '../api/kinds/prioritylevelconfigurations.ts';
import type { FlowSchema } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import { ApiServer, type RawAnswer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';

let store: EtcdServer;
let server: ApiServer;
let client: RestClient;
/** One connection for each request under way: none waits in the client. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

beforeAll(async () => {
  store = await startStore();
  server = await ApiServer.start(store.endpoint, 25500, {
    // Few seats, so that a few hundred requests are many.
    'max-requests-inflight': '40',
    'max-mutating-requests-inflight': '20',
    // A request waits for a quarter of it.
    'request-timeout': '12s',
    'token-auth-file': tokenFile(),
    // Who waits is what is asked here, not who may.
    'authorization-mode': 'AlwaysAllow',
  });
  client = server.client();
  await client.of(configmaps).create({ metadata: { name: 'shared', namespace: 'default' }, data: { a: 'b' } });
});

afterAll(async () => {
  agent.destroy();
  client?.close();
  await server?.remove();
  await store?.remove();
});

/** Two of one group, so of one FlowSchema, which tells its flows apart by user. */
function tokenFile(): string {
  const path = `${store.dataDir}/tokens.csv`;
  writeFileSync(path, 'greedy,system:node:greedy,1,system:nodes\nmodest,system:node:modest,2,system:nodes\n');
  return path;
}

interface Timed {
  status: number;
  headers: RawAnswer['headers'];
  text: string;
  ms: number;
}

/** A request over a connection that stays; without a token it is the administrator's. */
function ask(path: string, token?: string): Promise<Timed> {
  const began = performance.now();
  const pki = (file: string): Buffer => readFileSync(server.pki(file));
  const identity = token
    ? { headers: { authorization: `Bearer ${token}` } }
    : { cert: pki('admin.crt'), key: pki('admin.key') };
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { agent, ca: pki('ca.crt'), ...identity }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        resolve({ status: answer.statusCode!, headers: answer.headers, text, ms: performance.now() - began });
      });
    });
    sent.on('error', reject).end();
  });
}

const median = (times: number[]): number => times.toSorted((a, b) => a - b)[times.length >> 1]!;

/** The value of a figure with these labels; 0 when there is none. */
async function figure(name: string, ...labels: string[]): Promise<number> {
  const { text } = await server.raw('/metrics');
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  const found = lines.find((line) => labels.every((label) => line.includes(label)));
  return Number(found?.split(' ').at(-1) ?? 0);
}

describe('a client with 200 requests under way', () => {
  const path = '/api/v1/namespaces/default/pods?fieldSelector=spec.nodeName%3Dx';

  test('waits itself, and neither another user nor an administrator waits with it', async () => {
    let stop = false;
    const greedy: number[] = [];
    const loops = Array.from({ length: 200 }, async () => {
      while (!stop) {
        const { status, ms } = await ask(path, 'greedy');
        // On a slow machine it may have to wait for too long; nobody else may.
        expect([200, 429]).toContain(status);
        greedy.push(ms);
      }
    });
    await eventually('it has to wait', () => figure('apiserver_flowcontrol_current_inqueue_requests', 'system-nodes'));
    const modest: number[] = [];
    const admin: number[] = [];
    for (let i = 0; i < 30; i++) {
      const answer = await ask(path, 'modest');
      expect(answer.status).toBe(200);
      modest.push(answer.ms);
      admin.push((await ask(path)).ms);
    }
    stop = true;
    await Promise.all(loops);
    expect(median(modest)).toBeLessThan(median(greedy) / 2);
    expect(median(admin)).toBeLessThan(median(greedy) / 2);
    const waited = await figure('apiserver_flowcontrol_request_wait_duration_seconds_count', 'system-nodes');
    expect(waited).toBeGreaterThan(200);
    expect(await figure('apiserver_flowcontrol_rejected_requests_total', 'exempt')).toBe(0);
    await eventually(
      'nothing waits or runs any more',
      async () => (await figure('apiserver_flowcontrol_current_executing_requests', 'system-nodes')) === 0,
    );
  });
});

describe('the objects', () => {
  test('are there from the start', async () => {
    const conditions = ({ status }: FlowSchema) => status?.conditions?.map(({ type, status: is }) => `${type}=${is}`);
    await eventually('all are reported on', async () => {
      const { items } = await client.of(flowschemas).list();
      return items.every((schema) => conditions(schema)?.join() === 'Dangling=False');
    });
    const schemas = await client.of(flowschemas).list();
    expect(schemas.items.map(({ metadata }) => metadata.name)).toEqual([
      'catch-all',
      'endpoint-controller',
      'exempt',
      'global-default',
      'kube-controller-manager',
      'kube-scheduler',
      'kube-system-service-accounts',
      'probes',
      'service-accounts',
      'system-leader-election',
      'system-node-high',
      'system-nodes',
      'workload-leader-election',
    ]);
    const levels = await client.of(prioritylevelconfigurations).list();
    expect(levels.items).toHaveLength(8);
  });

  test('a schema is told whether its level exists', async () => {
    const dangling = async () =>
      (await client.of(flowschemas).get('lost')).status?.conditions?.find(({ type }) => type === 'Dangling');
    await client.of(flowschemas).create({
      metadata: { name: 'lost' },
      spec: { matchingPrecedence: 60, priorityLevelConfiguration: { name: 'found-later' } },
    });
    await eventually('it is without', async () => (await dangling())?.status === 'True', { everyMs: 20 });
    await client.of(prioritylevelconfigurations).create({
      metadata: { name: 'found-later' },
      spec: { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } },
    });
    await eventually('it has one', async () => (await dangling())?.status === 'False', { everyMs: 20 });
    await client.of(flowschemas).delete('lost');
    await client.of(prioritylevelconfigurations).delete('found-later');
  });

  test('an answer names the schema and the level that it went by', async () => {
    const { headers } = await ask('/api/v1/namespaces/default/pods', 'modest');
    const schema = await client.of(flowschemas).get('system-nodes');
    const level = await client.of(prioritylevelconfigurations).get('system');
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(schema.metadata.uid);
    expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe(level.metadata.uid);
  });

  test('decide from the moment they change: a level without seats lets nobody pass, until its schema goes', async () => {
    await client.of(prioritylevelconfigurations).create({
      metadata: { name: 'jail' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 0, limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1 } } },
      },
    });
    await client.of(flowschemas).create({
      metadata: { name: 'jailed' },
      spec: {
        matchingPrecedence: 50,
        priorityLevelConfiguration: { name: 'jail' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'system:node:modest' } }],
            resourceRules: [
              { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true },
            ],
          },
        ],
      },
    });
    const path = '/api/v1/namespaces/default/pods';
    const [refused, other] = await Promise.all([ask(path, 'modest'), ask(path, 'greedy')]);
    expect(other.status).toBe(200);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(JSON.parse(refused.text)).toMatchObject({
      kind: 'Status',
      reason: 'TooManyRequests',
      message: 'Too many requests, please try again later.',
    });
    expect(refused.ms).toBeGreaterThan(2900);
    expect(await figure('apiserver_flowcontrol_rejected_requests_total', 'jailed', 'time-out')).toBe(1);
    const waiting = ask(path, 'modest');
    await eventually('it waits', async () => {
      return (await figure('apiserver_flowcontrol_current_inqueue_requests', 'jailed')) === 1;
    });
    // Seats for who waits already.
    await client
      .of(prioritylevelconfigurations)
      .patch('jail', undefined, { spec: { limited: { nominalConcurrencyShares: 10 } } }, { type: 'merge' });
    expect((await waiting).status).toBe(200);
    await client.of(flowschemas).delete('jailed');
    await client.of(prioritylevelconfigurations).delete('jail');
    expect((await ask(path, 'modest')).status).toBe(200);
  });
});
