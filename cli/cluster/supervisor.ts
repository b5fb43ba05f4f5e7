/**
 * Starts processes and keeps them running: each once those that it needs accept connections, again with backoff when it
 * ends, and all stopped in reverse order.
 *
 * Lives as long as the cluster and counts in its memory, so it imports nothing that is not small. Processes
 * write their logs themselves: they go on without a supervisor, and the next one ends them by their pid files before it
 * starts its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDirectory } from '../../client/component/make-directory.ts';
import type { Address, Component } from './components.ts';
import { writeJson } from './layout.ts';
import { endProcesses, isOurs } from './process.ts';

/** What `run/state.json` tells of one process. */
export interface ProcessState {
  pid?: number;
  args?: string[];
  /** RFC 3339. */
  startedAt?: string;
  restarts: number;
  /** How it last ended: `exit code 1`, `SIGKILL`. */
  lastExit?: string;
}

export interface SupervisorState {
  pid: number;
  startedAt: string;
  processes: Record<string, ProcessState>;
}

export interface SupervisorOptions {
  dataDir: string;
  run: string;
  logs: string;
  /** The file that this process runs, by which the next supervisor knows it. */
  main: string;
  nodeFlags: string[];
  env: NodeJS.ProcessEnv;
}

/** How long a process may take to stop; they end themselves after ten seconds. */
const stopGraceMs = 11_000;
/** A log larger than this is set aside as NAME.log.1 when its process is started. */
const maxLogBytes = 16 * 1024 * 1024;
/** A process that ran this long starts again from the first delay. */
const stableMs = 30_000;
const firstDelayMs = 100;
const maxDelayMs = 15_000;

/** The delay before the next start of a process that has ended `failures` times in a row soon after its start. */
export const restartDelay = (failures: number): number => Math.min(firstDelayMs * 2 ** failures, maxDelayMs);

interface Watched {
  component: Component;
  state: ProcessState;
  child?: ChildProcess;
  /** Early ends in a row. */
  failures: number;
  /** Aborted when the process shall not run any more. */
  wanted: AbortController;
  /** Aborted when the delay before the next start shall be cut short. */
  impatient: AbortController;
  /** Resolves when nobody will start it again. */
  done: Promise<void>;
}

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #startedAt = new Date().toISOString();

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** Takes the data directory, and ends what an earlier supervisor left running. Throws when one is still alive. */
  async takeOver(): Promise<void> {
    const { run, dataDir, main } = this.#options;
    makeDirectory(run);
    const own = join(run, 'supervisor.pid');
    const previous = readPid(own);
    if (previous !== undefined && previous !== process.pid && isOurs(previous, dataDir, main))
      throw new Error(`already running with pid ${previous}`);
    writeFileSync(own, `${process.pid}\n`);
    const files = readdirSync(run).filter((file) => file.endsWith('.pid') && file !== 'supervisor.pid');
    const pids = files.map((file) => readPid(join(run, file)));
    await endProcesses(
      pids.flatMap((pid) => (pid !== undefined && isOurs(pid, dataDir) ? [pid] : [])),
      stopGraceMs,
    );
    for (const file of files) rmSync(join(run, file), { force: true });
  }

  /**
   * Makes the running processes those of the list: starts what is new or has changed, stops what is not in it, and tries
   * at once what was waiting to be tried again.
   */
  async apply(components: Component[]): Promise<void> {
    const same = new Set(components.map((component) => JSON.stringify(component)));
    const gone = [...this.#watched.values()].filter(({ component }) => !same.has(JSON.stringify(component)));
    await Promise.all(gone.map((watched) => this.#stop(watched)));
    for (const watched of this.#watched.values()) {
      watched.failures = 0;
      watched.impatient.abort();
    }
    for (const component of components) if (!this.#watched.has(component.name)) this.#watch(component);
    this.#writeState();
  }

  /** Stops everything, dependants first, and leaves no file that says otherwise. */
  async stop(): Promise<void> {
    while (this.#watched.size > 0) {
      const all = [...this.#watched.values()];
      const needed = new Set(all.flatMap(({ component }) => component.needs));
      await Promise.all(
        all.filter(({ component }) => !needed.has(component.name)).map((watched) => this.#stop(watched)),
      );
    }
    const { run } = this.#options;
    for (const file of ['supervisor.pid', 'state.json']) rmSync(join(run, file), { force: true });
  }

  /**
   * Whether another supervisor has taken the data directory, as it may once somebody has deleted the pid file. It ends the
   * processes of this one, which then lets them go, and ends itself for want of anything to do.
   */
  #isDeposed(): boolean {
    const owner = readPid(join(this.#options.run, 'supervisor.pid'));
    return owner !== undefined && owner !== process.pid;
  }

  #watch(component: Component): void {
    const wanted = new AbortController();
    const watched: Watched = {
      component,
      state: { restarts: 0 },
      failures: 0,
      wanted,
      impatient: new AbortController(),
      done: Promise.resolve(),
    };
    this.#watched.set(component.name, watched);
    watched.done = this.#keepRunning(watched);
  }

  async #keepRunning(watched: Watched): Promise<void> {
    const { component, state, wanted } = watched;
    while (!wanted.signal.aborted) {
      for (const need of component.needs) {
        const address = this.#watched.get(need)?.component.listens;
        if (address) await untilAccepts(address, wanted.signal);
      }
      if (wanted.signal.aborted) return;
      const begun = Date.now();
      state.lastExit = await this.#runOnce(watched);
      if (wanted.signal.aborted || this.#isDeposed()) return;
      watched.failures = Date.now() - begun > stableMs ? 0 : watched.failures + 1;
      delete state.pid;
      state.restarts += 1;
      this.#writeState();
      watched.impatient = new AbortController();
      const signal = AbortSignal.any([wanted.signal, watched.impatient.signal]);
      await sleep(restartDelay(watched.failures - 1), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves with how the process ended. */
  #runOnce(watched: Watched): Promise<string> {
    const { component, state } = watched;
    const { nodeFlags, env, run } = this.#options;
    const log = this.#openLog(component.name);
    const child = spawn(process.execPath, [...nodeFlags, component.main, ...component.args], {
      stdio: ['ignore', log, log],
      env,
    });
    closeSync(log);
    watched.child = child;
    state.pid = child.pid;
    state.args = component.args;
    state.startedAt = new Date().toISOString();
    const pidFile = join(run, `${component.name}.pid`);
    writeFileSync(pidFile, `${child.pid}\n`);
    this.#writeState();
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => {
        if (readPid(pidFile) === child.pid) rmSync(pidFile, { force: true });
        resolve(signal ?? `exit code ${code}`);
      });
    });
  }

  async #stop(watched: Watched): Promise<void> {
    watched.wanted.abort();
    const { child } = watched;
    child?.kill('SIGTERM');
    const kill = setTimeout(() => child?.kill('SIGKILL'), stopGraceMs);
    await watched.done;
    clearTimeout(kill);
    this.#watched.delete(watched.component.name);
    this.#writeState();
  }

  #openLog(name: string): number {
    const { logs } = this.#options;
    makeDirectory(logs);
    const path = join(logs, `${name}.log`);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > maxLogBytes) renameSync(path, `${path}.1`);
    return openSync(path, 'a', 0o600);
  }

  #writeState(): void {
    const processes = Object.fromEntries([...this.#watched].map(([name, { state }]) => [name, state]));
    const state: SupervisorState = { pid: process.pid, startedAt: this.#startedAt, processes };
    writeJson(join(this.#options.run, 'state.json'), state);
  }
}

/** The pid in a file; undefined when there is no such file. */
export function readPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Resolves once the address accepts a connection, or the signal aborts. */
async function untilAccepts(address: Address, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await accepts(address))) await sleep(10);
}

function accepts(address: Address): Promise<boolean> {
  const socket = connect(address);
  return new Promise((resolve) => {
    const settle = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}
