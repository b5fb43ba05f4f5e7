/** What every process of a cluster offers to whoever runs it: health, metrics, and a clean stop. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pods } from '../api/kinds/pods.ts';
import { componentsOf } from '../cli/cluster/components.ts';
import { pathsOf, readCluster } from '../cli/cluster/layout.ts';
import { RestClient } from '../client/rest.ts';
import { Cluster } from './harness/cluster.ts';
import { eventually } from './harness/eventually.ts';
import { isPresent } from './harness/run.ts';

const names = ['store', 'apiserver', 'scheduler', 'controllers', 'kubelet-minik-1', 'proxy'];
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start({ runtime: 'fake' });
});

afterAll(() => cluster?.purge());

/** A client of the process' own health server, with the administrator's certificate where it asks for one. */
function healthClient(name: string): RestClient {
  const paths = pathsOf(cluster.dataDir);
  const { ready } = componentsOf(readCluster(paths)!, paths).find((component) => component.name === name)!;
  return new RestClient({ ...cluster.client().config, server: `${ready.scheme}://${ready.host}:${ready.port}` });
}

interface Process {
  name: string;
  pid?: number;
  status: string;
  lastExit?: string;
}

async function processOf(name: string): Promise<Process | undefined> {
  const { processes } = JSON.parse(await cluster.minikctl('cluster', 'status', '-o', 'json')) as {
    processes: Process[];
  };
  return processes.find((one) => one.name === name);
}

describe.each(names)('%s', (name) => {
  test('/healthz and /readyz, also in detail', async () => {
    const health = healthClient(name);
    for (const path of ['/healthz', '/readyz']) expect((await health.request({ path })).text).toBe('ok');
    const { text } = await health.request({ path: '/readyz', query: { verbose: '' } });
    expect(text).toMatch(/^\[\+\]ping ok\n[\s\S]*readyz check passed\n$/);
  });

  test('/metrics in the text of Prometheus', async () => {
    const { text } = await healthClient(name).request({ path: '/metrics' });
    expect(text).toMatch(/^# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes \d+$/m);
  });

  test('SIGTERM ends it cleanly, and it is started again', async () => {
    const pid = cluster.pid(name);
    process.kill(pid, 'SIGTERM');
    const next = await eventually('its successor', async () => {
      const now = await processOf(name);
      return now?.status === 'Running' && now.pid !== pid && now;
    });
    expect(next.lastExit).toBe('exit code 0');
    // Not only itself: the processes that depend on it have found it again.
    for (const each of names)
      await eventually(
        `${each} is ready`,
        async () => (await healthClient(each).request({ path: '/readyz' })).text === 'ok',
      );
  });
});

const etcdctl = isPresent('etcdctl', 'version');
if (!etcdctl) console.warn('reading the store with etcdctl is skipped: no etcdctl on the PATH');

test.skipIf(!etcdctl)('etcdctl reads what the API wrote', async () => {
  const client = cluster.client().of(pods);
  await client.create({
    metadata: { name: 'seen', namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'busybox:1.35' }] },
  });
  const text = execFileSync(
    'etcdctl',
    ['--endpoints', 'unix://store.sock', 'get', '--print-value-only', '/registry/pods/default/seen'],
    { cwd: join(cluster.dataDir, 'run'), env: { ...process.env, ETCDCTL_API: '3' }, encoding: 'utf8' },
  );
  expect(JSON.parse(text)).toMatchObject({ kind: 'Pod', metadata: { name: 'seen', namespace: 'default' } });
});
