/**
 * One store that is killed over and over, the writer, the watcher that lives through it all, and the checks after each start.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Event } from '../../api/etcd.ts';
import { EtcdError } from '../../api/etcd-errors.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { WatchCanceledError } from '../../client/etcd/watch.ts';
import { type EtcdServer, startStore } from '../harness/etcd.ts';
import { eventually } from '../harness/eventually.ts';
import { type Random, randomFrom } from '../harness/random.ts';
import { CrashHistory, versionOf } from './crash-history.ts';
import type { Order, Report } from './crash-operations.ts';

const everything = { key: '\0', rangeEnd: '\0' };

export interface Lane {
  seed: number;
  crashes: number;
  /** The largest value. Beyond some 10 KB LevelDB is compacting most of the time. */
  maxBytes: number;
  /** Whether history is compacted now and then, or kept from the start. */
  compacting: boolean;
}

/** Call `start`, `crashAll`, `finish`, and `end` in any case. Whatever is wrong with the store is thrown. */
export class CrashRun {
  readonly history = new CrashHistory();
  readonly #lane: Lane;
  readonly #random: Random;
  #writer!: Writer;
  #client!: EtcdClient;
  #follower!: Promise<void>;
  #launchedAt = 0;
  /** Of the starts since the last check, how long the store went on: on a slow machine long enough for leases to end. */
  #longestMs = 0;
  /** What the watcher met and should not have. */
  #failure: Error | undefined;
  #startMs = 150;
  #compacted = 0;
  /** A compaction that may have been cut short. */
  #compactionSought = 0;
  store!: EtcdServer;
  kills = 0;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#random = randomFrom(lane.seed);
  }

  async start(): Promise<void> {
    this.#launchedAt = performance.now();
    this.store = await startStore({ flags: ['--logging-format', 'json', '--auto-compaction-retention', '0'] });
    this.#writer = new Writer(this.store.endpoint, this.#lane, (report) => this.history.report(report));
    this.#served();
  }

  async crashAll(): Promise<void> {
    while (this.kills < this.#lane.crashes) {
      await this.#writeAndKill();
      while (this.#random(3) === 0) await this.#killWhileStarting();
      await this.#restart();
      await this.#check();
    }
  }

  /** After the last crash: short leases end and long ones do not, and the whole history is what it was. */
  async finish(): Promise<void> {
    const ttls = async (): Promise<number[]> => {
      const { leases } = await this.#client.leaseLeases();
      return Promise.all(leases.map(async ({ id }) => (await this.#client.leaseTimeToLive({ id })).grantedTtl));
    };
    await eventually('leases of 2 seconds are gone', async () => (await ttls()).every((ttl) => ttl === 600));
    expect((await ttls()).length).toBeGreaterThan(0);
    await this.#check();
    await this.#replay(this.#compacted + 1, this.history.watched);
  }

  /** Ends the processes. The data stays. */
  async end(): Promise<void> {
    this.#writer.end();
    this.#client.close();
    await this.store.stop('SIGKILL');
    await this.#follower;
  }

  async #writeAndKill(): Promise<void> {
    const idle = this.#writer.write();
    const disturbance = this.#disturb();
    const enough = this.history.acknowledged + this.#random(120);
    const written = eventually('writes are acknowledged', () => this.history.acknowledged > enough, { everyMs: 1 });
    // Should the store end by itself, the writer comes to rest.
    await Promise.race([written, idle]);
    await sleep(this.#random(10));
    await this.#kill();
    await Promise.all([idle, disturbance]);
    this.#client.close();
    await this.#follower;
    if (this.#failure) throw this.#failure;
  }

  /** Something for the kill to fall into. Whether it succeeds is open. */
  async #disturb(): Promise<void> {
    const disturbances = [
      () => this.#compact(),
      () => this.#compact(),
      () => this.#client.defragment(),
      () => this.#client.hashKv(),
      () => Array.fromAsync(this.#client.snapshot()),
    ];
    const disturbance = disturbances[this.#random(disturbances.length * 2)];
    await sleep(this.#random(60));
    try {
      await disturbance?.();
    } catch (error) {
      if (!(error instanceof EtcdError)) throw error;
    }
  }

  async #compact(): Promise<void> {
    const revision = this.history.watched - this.#random(100);
    if (!this.#lane.compacting || revision <= this.#compacted) return;
    this.#compactionSought = revision;
    await this.#client.compact({ revision, physical: this.#random(2) === 0 });
    this.#compacted = revision;
  }

  async #killWhileStarting(): Promise<void> {
    this.#launch();
    await sleep(this.#random(this.#startMs * 1.2));
    await this.#kill();
  }

  async #kill(): Promise<void> {
    expect(this.store.child.exitCode, this.store.log()).toBe(null);
    await this.store.stop('SIGKILL');
    this.#longestMs = Math.max(this.#longestMs, this.#uptimeMs());
    this.kills++;
  }

  #launch(): void {
    this.#launchedAt = performance.now();
    this.store.launch();
  }

  #uptimeMs(): number {
    return performance.now() - this.#launchedAt;
  }

  async #restart(): Promise<void> {
    this.#launch();
    await this.store.ready();
    this.#startMs = Math.round(this.#uptimeMs());
    this.#served();
  }

  #served(): void {
    this.#client = this.store.client();
    this.#follower = this.#follow();
  }

  /** The watcher that lives through all crashes: goes on after the last revision that it saw. */
  async #follow(): Promise<void> {
    try {
      const startRevision = this.history.watched + 1;
      for await (const { events } of this.#client.watch({ ...everything, startRevision, prevKv: true }))
        this.history.observe(events);
    } catch (error) {
      if (!(error instanceof EtcdError) || error instanceof WatchCanceledError) this.#failure ??= error as Error;
    }
  }

  async #check(): Promise<void> {
    const { kvs, header } = await this.#readAll();
    const { leases } = await this.#client.leaseLeases();
    const revision = header!.revision;
    await eventually(`the watcher is at ${revision}`, () => this.#failure ?? this.history.watched >= revision, {
      everyMs: 2,
    });
    if (this.#failure) throw this.#failure;
    // A lease has expired meanwhile: what was read does not fit together.
    if ((await this.#readAll()).header!.revision !== revision) return this.#check();
    const longestMs = Math.max(this.#longestMs, this.#uptimeMs());
    this.history.settle(revision, new Set(leases.map(({ id }) => String(id))), longestMs);
    this.#longestMs = 0;
    expect(kvs.map(versionOf)).toEqual(this.history.state());
    await this.#checkCompaction();
    const past = Math.max(this.#compacted, 1) + this.#random(revision - this.#compacted);
    const then = await this.#client.range({ ...everything, revision: past });
    expect(then.kvs.map(versionOf), `the keys at revision ${past}`).toEqual(this.history.state(past));
    await this.#replay(Math.max(this.#compacted + 1, revision - 300), revision);
  }

  #readAll(): ReturnType<EtcdClient['range']> {
    return this.#client.range(everything);
  }

  /** Compacted stays compacted; a compaction that was cut short is there or not. */
  async #checkCompaction(): Promise<void> {
    if (this.#compacted > 1) await expect(this.#readAt(this.#compacted - 1)).rejects.toThrow('has been compacted');
    if (this.#compactionSought > this.#compacted) {
      const isKept = await this.#readAt(this.#compactionSought - 1).then(
        () => true,
        () => false,
      );
      if (!isKept) this.#compacted = this.#compactionSought;
    }
    this.#compactionSought = 0;
    if (this.#compacted > 0) await this.#readAt(this.#compacted);
  }

  #readAt(revision: number): Promise<unknown> {
    return this.#client.range({ key: 'any', revision });
  }

  /** A new watcher of the past sees what the old one saw. */
  async #replay(first: number, last: number): Promise<void> {
    if (first > last) return;
    const again: Event[] = [];
    for await (const { events } of this.#client.watch({ ...everything, startRevision: first })) {
      again.push(...events);
      if (again.length > 0 && again.at(-1)!.kv!.modRevision >= last) break;
    }
    this.history.checkReplay(first, last, again);
  }
}

/** The writer's process. */
class Writer {
  readonly #child: ChildProcess;
  #idle: PromiseWithResolvers<void> | undefined;
  /** The first thing that went wrong with what it reported. */
  #failure: Error | undefined;

  constructor(endpoint: string, { seed, maxBytes }: Lane, onReport: (report: Report) => void) {
    const args = [join(import.meta.dirname, 'crash-writer.ts'), endpoint, String(seed), String(maxBytes)];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('exit', () => this.#fail(new Error('the writer ended')));
    this.#child.on('message', (reports: Report[]) => {
      try {
        for (const report of reports) {
          onReport(report);
          if (report.type === 'idle') this.#idle?.resolve();
        }
      } catch (error) {
        this.#fail(error as Error);
      }
    });
  }

  /** Resolves when the store is gone and everything is reported. */
  write(): Promise<void> {
    this.#idle = Promise.withResolvers();
    if (this.#failure) this.#idle.reject(this.#failure);
    this.#child.send({ type: 'write' } satisfies Order);
    return this.#idle.promise;
  }

  end(): void {
    this.#child.removeAllListeners('exit').kill();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#idle?.reject(this.#failure);
  }
}
