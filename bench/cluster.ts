/**
 * What a cluster costs: time to start, memory at rest, and a pod from apply to Running beside the same container
 * started by plain `docker run`, in turn, in the same run.
 *
 *     node bench/cluster.ts [--rounds 7]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { pods } from '../api/kinds/pods.ts';
import type { Pod } from '../api/types.ts';
import { Cluster } from '../test/harness/cluster.ts';
import { eventually } from '../test/harness/eventually.ts';
import { output } from '../test/harness/run.ts';
import { median, milliseconds, percentile } from './statistics.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '7' } } });
const rounds = Number(values.rounds);
const image = 'busybox:1.35';
const processes = ['supervisor', 'store', 'apiserver', 'scheduler', 'controllers', 'kubelet-minik-1', 'proxy'];

function spread(samples: number[]): string {
  const [min, middle, max] = [percentile(samples, 0), median(samples), percentile(samples, 1)];
  return `min ${min.toFixed(0)}  median ${middle.toFixed(0)}  max ${max.toFixed(0)} ms`;
}

/** Proportional set size in MB: shared pages are divided among the processes that share them. */
const proportionalMB = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) / 1024;

const podNamed = (name: string): Pod => ({
  metadata: { name, namespace: 'default' },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image, command: ['sleep', '3600'] }] },
});

const cluster = await Cluster.start();
try {
  const ups: number[] = [];
  for (let i = 0; i < 3; i++) {
    await cluster.down();
    ups.push(await milliseconds(() => cluster.up()));
  }
  console.log(`minikctl up to Ready, warm:   ${spread(ups)}`);

  const client = cluster.client().of(pods);
  const applied: number[] = [];
  const plain: number[] = [];
  for (let i = 0; i < rounds; i++) {
    const name = `bench-${i}`;
    applied.push(
      await milliseconds(async () => {
        await client.create(podNamed(name));
        const isRunning = async (): Promise<boolean> => (await client.get(name, 'default')).status?.phase === 'Running';
        await eventually('Running', isRunning, { everyMs: 5 });
      }),
    );
    await client.delete(name, 'default', { gracePeriodSeconds: 0 });
    let id = '';
    plain.push(
      await milliseconds(async () => {
        id = (await output('docker', ['run', '-d', image, 'sleep', '3600'])).trim();
      }),
    );
    await output('docker', ['rm', '-f', id]);
    await eventually('the pod is gone', async () => Object.keys(await cluster.containers(name)).length === 0);
  }
  console.log(`pod, create to Running:       ${spread(applied)}`);
  console.log(`docker run of the same image: ${spread(plain)}`);
  console.log(`ratio of the medians:         ${(median(applied) / median(plain)).toFixed(2)}`);

  await cluster.down();
  await cluster.up();
  const memory = processes.map((name) => [name, proportionalMB(cluster.pid(name))] as const);
  const total = memory.reduce((sum, [, mb]) => sum + mb, 0);
  console.log('memory at rest, proportional set size:');
  for (const [name, mb] of [...memory, ['total', total] as const])
    console.log(`  ${name.padEnd(16)} ${mb.toFixed(1).padStart(6)} MB`);
} finally {
  await cluster.purge();
}
