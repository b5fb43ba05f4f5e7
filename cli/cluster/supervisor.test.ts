import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Component } from './components.ts';
import { readJson } from './layout.ts';
import { commandLine, endProcesses } from './process.ts';
import { readPid, restartDelay, Supervisor, type SupervisorState } from './supervisor.ts';

let dir: string;
let main: string;
const supervisors: Supervisor[] = [];

/** Listens on its socket, notes its start and its end in a file, and ends with code 3 when told to fail. */
const program = `
const { appendFileSync, rmSync } = require('node:fs');
const [name, dir, fail] = process.argv.slice(2);
const note = (what) => appendFileSync(dir + '/events', name + ' ' + what + '\\n');
process.on('SIGTERM', () => { note('stop'); process.exit(0); });
note('start');
console.log('hello from ' + name);
if (fail) process.exit(3);
rmSync(dir + '/' + name + '.sock', { force: true });
require('node:net').createServer().listen(dir + '/' + name + '.sock');
`;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'minik-sup-'));
  main = join(dir, 'main.cjs');
  writeFileSync(main, program);
});
afterEach(async () => {
  for (const one of supervisors.splice(0)) await one.stop();
  rmSync(dir, { recursive: true });
});

function supervisor(): Supervisor {
  const one = new Supervisor({
    dataDir: dir,
    run: join(dir, 'run'),
    logs: join(dir, 'logs'),
    main: 'supervise.ts',
    nodeFlags: [],
    env: process.env,
  });
  supervisors.push(one);
  return one;
}

const component = (name: string, needs: string[] = [], ...more: string[]): Component => ({
  name,
  main,
  args: [name, dir, ...more],
  needs,
  listens: { path: join(dir, `${name}.sock`) },
  ready: { scheme: 'http', host: '127.0.0.1', port: 1, path: '/readyz' },
});

const events = (): string[] =>
  existsSync(join(dir, 'events')) ? readFileSync(join(dir, 'events'), 'utf8').trim().split('\n') : [];
const state = (): SupervisorState => readJson<SupervisorState>(join(dir, 'run', 'state.json'))!;
const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 10 });

test('starts each process after those that it needs, and stops them in reverse', async () => {
  const one = supervisor();
  await one.takeOver();
  await one.apply([component('store'), component('apiserver', ['store']), component('proxy', ['apiserver'])]);
  await until(() => expect(existsSync(join(dir, 'proxy.sock'))).toBe(true));
  expect(readPid(join(dir, 'run', 'proxy.pid'))).toBe(state().processes['proxy']!.pid);
  await one.stop();
  expect(events()).toEqual([
    'store start',
    'apiserver start',
    'proxy start',
    'proxy stop',
    'apiserver stop',
    'store stop',
  ]);
  expect(existsSync(join(dir, 'run', 'state.json'))).toBe(false);
  expect(readFileSync(join(dir, 'logs', 'proxy.log'), 'utf8')).toBe('hello from proxy\n');
});

test('starts a killed process again, alone', async () => {
  const one = supervisor();
  await one.takeOver();
  await one.apply([component('store'), component('apiserver', ['store'])]);
  await until(() => expect(existsSync(join(dir, 'apiserver.sock'))).toBe(true));
  const before = state().processes;
  process.kill(before['store']!.pid!, 'SIGKILL');
  await until(() =>
    expect(state().processes['store']).toMatchObject({ restarts: 1, lastExit: 'SIGKILL', pid: expect.any(Number) }),
  );
  expect(state().processes['apiserver']).toEqual(before['apiserver']);
});

test('a process that keeps failing is tried again and again, and told of', async () => {
  const one = supervisor();
  await one.takeOver();
  await one.apply([component('store', [], 'fail')]);
  await until(() => expect(state().processes['store']).toMatchObject({ lastExit: 'exit code 3' }));
  await until(() => expect(state().processes['store']!.restarts).toBeGreaterThan(1));
});

test('the delay between failures doubles up to a limit', () => {
  expect([0, 1, 2, 20].map(restartDelay)).toEqual([100, 200, 400, 15_000]);
});

test('a changed list stops, starts and restarts only what differs', async () => {
  const one = supervisor();
  await one.takeOver();
  await one.apply([component('a'), component('b'), component('c')]);
  await until(() => expect(['a', 'b', 'c'].every((name) => existsSync(join(dir, `${name}.sock`)))).toBe(true));
  const pids = (): (number | undefined)[] => ['a', 'b', 'c', 'd'].map((name) => state().processes[name]?.pid);
  const before = pids();
  await one.apply([component('a'), component('c', [], ''), component('d')]);
  await until(() => expect(pids()[3]).toBeDefined());
  await until(() => expect(pids()[2]).toBeDefined());
  expect(pids()[0]).toBe(before[0]);
  expect(pids()[1]).toBeUndefined();
  expect(pids()[2]).not.toBe(before[2]);
});

test('a new supervisor ends what a killed one left, and nothing else', async () => {
  const killed = supervisor();
  await killed.takeOver();
  await killed.apply([component('store')]);
  await until(() => expect(existsSync(join(dir, 'store.sock'))).toBe(true));
  const pid = state().processes['store']!.pid!;
  // A pid that is not ours any more: this very process.
  writeFileSync(join(dir, 'run', 'apiserver.pid'), `${process.pid}\n`);
  const next = supervisor();
  writeFileSync(join(dir, 'run', 'supervisor.pid'), '999999999\n');
  const taken = next.takeOver();
  await until(() => expect(commandLine(pid)).toBeUndefined());
  await taken;
  expect(existsSync(join(dir, 'run', 'apiserver.pid'))).toBe(false);
});

test('endProcesses kills what does not stop', async () => {
  const { spawn } = await import('node:child_process');
  const child = spawn(
    process.execPath,
    ['-e', "process.on('SIGTERM', () => 0); setInterval(() => 0, 1000); console.log(1)"],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await endProcesses([child.pid!], 50);
  expect(commandLine(child.pid!)).toBeUndefined();
});

test('a supervisor whose directory another one has taken lets go', async () => {
  const first = supervisor();
  await first.takeOver();
  await first.apply([component('a')]);
  await vi.waitFor(() => expect(existsSync(join(dir, 'a.sock'))).toBe(true));
  // As if a second one, which found no pid file, had written its own and ended what runs.
  writeFileSync(join(dir, 'run/supervisor.pid'), `${process.ppid}\n`);
  await endProcesses([readPid(join(dir, 'run/a.pid'))!], 5_000);
  await vi.waitFor(() => expect(readPid(join(dir, 'run/a.pid'))).toBeUndefined());
  await new Promise((resolve) => setTimeout(resolve, 2 * restartDelay(0)));
  expect(events()).toEqual(['a start', 'a stop']);
});
