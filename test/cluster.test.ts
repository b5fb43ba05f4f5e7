/** Clusters as a whole: beside each other, growing and shrinking, after a crash and a reboot, and gone without a trace. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { configmaps } from '../api/kinds/configmaps.ts';
import { commandLine } from '../cli/cluster/process.ts';
import { loadKubeconfig } from '../client/kubeconfig.ts';
import { RestClient } from '../client/rest.ts';
import { eventually } from './harness/eventually.ts';
import { isLocal } from './harness/network.ts';
import { output, type Result, run } from './harness/run.ts';

const program = join(import.meta.dirname, '../cli/minikctl');
const dataDirs: string[] = [];

/** A data directory of its own, purged after the test. */
function newDataDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'minik-cluster-'));
  dataDirs.push(dir);
  return dir;
}

afterEach(async () => {
  for (const dir of dataDirs.splice(0)) {
    await output(program, ['cluster', 'down', '--purge', '--data-dir', dir]);
    rmSync(dir, { recursive: true, force: true });
  }
});

const minikctl = (dataDir: string, ...args: string[]): Promise<Result> =>
  run(program, [...args, '--data-dir', dataDir]);

/** Simulated containers: these tests are about processes. */
async function up(dataDir: string, ...args: string[]): Promise<void> {
  const result = await minikctl(dataDir, 'cluster', 'up', '--runtime', 'fake', ...args);
  expect(result.stderr).toContain('Ready in');
  expect(result.status).toBe(0);
}

interface Status {
  cluster: { podCIDR: string; serviceCIDR: string; nodeCIDR: string; ports: Record<string, number> };
  processes: { name: string; status: string; pid?: number; restarts: number; memoryBytes?: number }[];
}

async function statusOf(dataDir: string): Promise<Status> {
  return JSON.parse((await minikctl(dataDir, 'cluster', 'status', '-o', 'json')).stdout) as Status;
}

const pidsOf = ({ processes }: Status): Record<string, number | undefined> =>
  Object.fromEntries(processes.map(({ name, pid }) => [name, pid]));

/** A process that has ended and whose parent has not looked yet has no command line. */
const isRunning = (pid: number): boolean => commandLine(pid) !== undefined;
const clientOf = (dataDir: string): RestClient => new RestClient(loadKubeconfig(join(dataDir, 'kubeconfig')));

test('two clusters run beside each other, and one goes without the other noticing', async () => {
  const [one, two] = [newDataDir(), newDataDir()];
  await Promise.all([up(one), up(two)]);
  const [first, second] = [await statusOf(one), await statusOf(two)];
  const ranges = [first, second].flatMap(({ cluster: c }) => [c.podCIDR, c.serviceCIDR, c.nodeCIDR]);
  const ports = [first, second].flatMap(({ cluster }) => Object.values(cluster.ports));
  expect(new Set([...ranges, ...ports]).size).toBe(ranges.length + ports.length);

  const object = { metadata: { name: 'mine', namespace: 'default' }, data: { cluster: 'two' } };
  await clientOf(two).of(configmaps).create(object);
  expect((await minikctl(one, 'get', 'cm', 'mine')).stderr).toContain('configmaps "mine" not found');
  expect((await minikctl(one, 'cluster', 'down')).status).toBe(0);
  expect(pidsOf(await statusOf(two))).toEqual(pidsOf(second));
  expect((await minikctl(two, 'get', 'cm', 'mine', '-o', 'jsonpath={.data.cluster}')).stdout).toBe('two');
});

test('down leaves no process and no route, and the data; purge leaves nothing', async () => {
  const dir = newDataDir();
  await up(dir);
  const status = await statusOf(dir);
  const pids = Object.values(pidsOf(status)) as number[];
  const address = status.cluster.serviceCIDR.replace('.0.0/16', '.77.7');
  expect(isLocal(address)).toBe(true);
  expect((await minikctl(dir, 'cluster', 'down')).status).toBe(0);
  expect(pids.filter(isRunning)).toEqual([]);
  expect(readdirSync(join(dir, 'run'))).toEqual([]);
  expect(await output('ip', ['route', 'show', 'table', 'all'])).not.toContain(status.cluster.serviceCIDR);
  expect(await minikctl(dir, 'cluster', 'status')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('Stopped'),
  });
  expect((await minikctl(dir, 'get', 'pods')).stderr).toContain(
    'was refused - did you specify the right host or port?',
  );
  expect(existsSync(join(dir, 'store'))).toBe(true);
  expect((await minikctl(dir, 'cluster', 'down', '--purge')).status).toBe(0);
  expect(existsSync(dir)).toBe(false);
});

test('up again changes nothing; with more nodes it adds them, with fewer it removes them', async () => {
  const dir = newDataDir();
  await up(dir);
  const before = pidsOf(await statusOf(dir));
  await up(dir);
  expect(pidsOf(await statusOf(dir))).toEqual(before);

  await up(dir, '--nodes', '3');
  const nodes = async (): Promise<string> => (await minikctl(dir, 'get', 'nodes', '--no-headers')).stdout;
  expect(await nodes()).toMatch(/^minik-1 +Ready.*\nminik-2 +Ready.*\nminik-3 +Ready.*\n$/);
  expect(pidsOf(await statusOf(dir))).toMatchObject(before);

  await up(dir, '--nodes', '2');
  expect(await nodes()).toMatch(/^minik-1 .*\nminik-2 .*\n$/);
  const after = pidsOf(await statusOf(dir));
  expect(after).toMatchObject(before);
  expect(after).not.toHaveProperty('kubelet-minik-3');
});

test('after a reboot, with stale pid files and no routes, up recovers', async () => {
  const dir = newDataDir();
  await up(dir);
  await clientOf(dir)
    .of(configmaps)
    .create({ metadata: { name: 'kept', namespace: 'default' } });
  const status = await statusOf(dir);
  // The supervisor first, or it would start the others again.
  const { supervisor, ...others } = pidsOf(status) as Record<string, number>;
  for (const pid of [supervisor!, ...Object.values(others)]) process.kill(pid, 'SIGKILL');
  await eventually('all gone', () => ![supervisor!, ...Object.values(others)].some(isRunning));
  for (const range of [status.cluster.serviceCIDR, status.cluster.nodeCIDR])
    await output('ip', ['route', 'del', 'local', range, 'dev', 'lo']);
  await up(dir);
  expect((await minikctl(dir, 'get', 'cm', 'kept', '-o', 'name')).stdout).toBe('configmap/kept\n');
});

test('a half-finished up: its processes are taken over by the next one', async () => {
  const dir = newDataDir();
  const child = spawn(program, ['up', '--runtime', 'fake', '--data-dir', dir], { stdio: 'ignore' });
  const supervisor = await eventually('a supervisor', () => {
    const path = join(dir, 'run', 'supervisor.pid');
    return existsSync(path) && Number(readFileSync(path, 'utf8'));
  });
  child.kill('SIGKILL');
  await up(dir);
  expect(pidsOf(await statusOf(dir))['supervisor']).toBe(supervisor);
});

test('a supervisor that is killed: the next one ends the processes that went on, and starts its own', async () => {
  const dir = newDataDir();
  await up(dir);
  const before = pidsOf(await statusOf(dir)) as Record<string, number>;
  process.kill(before['supervisor']!, 'SIGKILL');
  await eventually('the supervisor is gone', () => !isRunning(before['supervisor']!));
  expect((await minikctl(dir, 'get', 'nodes')).status).toBe(0);
  await up(dir);
  expect(Object.values(before).filter(isRunning)).toEqual([]);
});

test('what cannot start is told at once, with its reason and where to read more', async () => {
  const dir = newDataDir();
  await up(dir);
  const { cluster } = await statusOf(dir);
  await minikctl(dir, 'cluster', 'down');
  const squatter = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => squatter.listen(cluster.ports['apiserver'], '127.0.0.1', resolve));
  try {
    const result = await minikctl(dir, 'cluster', 'up');
    expect(result.status).toBe(1);
    expect(result.stderr).toMatch(/error: apiserver did not become ready: .*EADDRINUSE/);
    expect(result.stderr).toContain(`minikctl cluster logs apiserver --data-dir ${dir}`);
  } finally {
    squatter.close();
  }
  // The supervisor goes on trying, so nothing else is needed once the port is free.
  await up(dir);
});

test('status counts restarts, and logs are readable', async () => {
  const dir = newDataDir();
  await up(dir);
  const { scheduler } = pidsOf(await statusOf(dir));
  process.kill(scheduler!, 'SIGKILL');
  const restarted = await eventually('a new scheduler', async () => {
    const found = (await statusOf(dir)).processes.find(({ name }) => name === 'scheduler');
    return found?.restarts === 1 && found.status === 'Running' && found;
  });
  expect(restarted.memoryBytes).toBeGreaterThan(1_000_000);
  const table = await minikctl(dir, 'cluster', 'status');
  expect(table.status).toBe(0);
  expect(table.stdout).toMatch(/^scheduler +Running +\d+ +\d+s +1 \(SIGKILL\) +\d+ MB$/m);
  const logs = await eventually('both starts in the log', async () => {
    const { stdout } = await minikctl(dir, 'cluster', 'logs', 'scheduler');
    return (stdout.match(/INFO: Ready/g)?.length ?? 0) >= 2 && stdout;
  });
  expect(logs).not.toContain('{"level"');
  expect(await minikctl(dir, 'cluster', 'logs', 'nosuch')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('expected one process, of store, apiserver'),
  });
});

test('in the foreground it stops with Ctrl-C', async () => {
  const dir = newDataDir();
  const child = spawn(program, ['cluster', 'up', '--runtime', 'fake', '--foreground', '--data-dir', dir]);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await eventually('it is up', () => said.includes('Press Ctrl-C'));
  const pids = Object.values(pidsOf(await statusOf(dir))) as number[];
  child.kill('SIGINT');
  expect(await ended).toBe(0);
  expect(pids.filter(isRunning)).toEqual([]);
});

test('the runtime of a cluster stays what it was', async () => {
  const dir = newDataDir();
  await up(dir);
  expect((await minikctl(dir, 'cluster', 'up', '--runtime', 'docker')).stderr).toContain(
    'this cluster runs its containers with fake',
  );
});
