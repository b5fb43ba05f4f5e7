/**
 * Data directories for the damage tests: a history that is known, on disk as a kill would leave it, and the check of what a
 * store that opened a damaged copy says about it.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import {
  type DeleteRangeRequest as Delete,
  DeleteRangeRequest,
  type PutRequest as Put,
  PutRequest,
  type TxnRequest as Txn,
  TxnRequest,
} from '../../api/etcd.ts';
import type { Init, Message } from '../../api/protobuf.ts';
import { startCompaction } from '../../store/compact.ts';
import { deleteRange } from '../../store/delete-range.ts';
import { leaseGrant } from '../../store/lease.ts';
import { put } from '../../store/put.ts';
import type { Store } from '../../store/store.ts';
import { txn } from '../../store/txn.ts';
import type { Random } from '../harness/random.ts';
import { open, type Told, tell } from './damage-reader.ts';

/** What asking about the past may answer instead: the store's own words, or LevelDB's. */
const refusal = /^the database is damaged: .*; restore a snapshot$|^Corruption: /;

const asRead = <T>(message: Message<T>, request: Init<T>): T => message.decode(message.encode(request));

export class Base {
  readonly dataDir = mkdtempSync(join(tmpdir(), 'minik-damage-'));
  readonly #random: Random;
  #store!: Store;
  #last = 1;
  /** How long the newest log was, without the zeros at its end, once a revision was on disk. */
  readonly ends: { revision: number; logBytes: number }[] = [];
  told!: Told;

  constructor(random: Random) {
    this.#random = random;
  }

  /**
   * Several runs of a store: tables with changes that later ones outdate, a part that is compacted, and at the end a run that
   * was killed, so that its changes are in the log alone.
   */
  async build(): Promise<void> {
    for (let run = 0; run < 4; run++) {
      this.#store = await open(this.dataDir);
      if (run === 2) await (await startCompaction(this.#store, this.#last - 30)).done;
      await leaseGrant(this.#store, { id: BigInt(100 + run), ttl: 600 });
      for (let i = 0; i < 60; i++) await this.#write(BigInt(100 + this.#random(run + 1)));
      if (run < 3) await this.#store.close();
    }
    this.told = await tell(this.#store, 1);
    expect(this.told.revision).toBe(this.#last);
  }

  async #write(lease: bigint): Promise<void> {
    const random = this.#random;
    const key = (): string => `key/${random(25)}`;
    const value = Buffer.from(Array.from({ length: random(4) === 0 ? random(3_000) : random(60) }, () => random(256)));
    const store = this.#store;
    const kind = random(10);
    if (kind < 6) await put(store, asRead<Put>(PutRequest, { key: key(), value, lease: kind === 0 ? lease : 0n }));
    else if (kind < 8) {
      const keys = new Set([key(), key(), key()]);
      const success = [...keys].map((each) => ({ requestPut: { key: each, value } }));
      await txn(store, asRead<Txn>(TxnRequest, { success }));
    } else await deleteRange(store, asRead<Delete>(DeleteRangeRequest, { key: key() }));
    // A deletion of nothing writes nothing.
    if (store.mvcc.revision === this.#last) return;
    this.#last = store.mvcc.revision;
    this.ends.push({ revision: this.#last, logBytes: withoutZeros(readFileSync(this.newestLog())) });
  }

  /** Files of the database whose name matches, oldest first. */
  files(pattern: RegExp, dataDir = this.dataDir): string[] {
    const directory = join(dataDir, 'db');
    const names = readdirSync(directory).filter((name) => pattern.test(name));
    return names.sort().map((name) => join(directory, name));
  }

  newestLog = (dataDir = this.dataDir): string => this.files(/\.log$/, dataDir).at(-1)!;

  /** A copy of its own, as if the store had been killed just now. */
  copy(): { dataDir: string; [Symbol.dispose](): void } {
    const dataDir = mkdtempSync(join(tmpdir(), 'minik-damage-'));
    cpSync(this.dataDir, dataDir, { recursive: true });
    return { dataDir, [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) };
  }

  async remove(): Promise<void> {
    await this.#store.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  /**
   * What a store on a copy told is the known history up to its revision, and nothing else. It may refuse to tell of the past, by an
   * error that says so.
   */
  check(told: Told): void {
    const { revision } = told;
    expect(revision).toBeLessThanOrEqual(this.told.revision);
    const expected = this.told.events.filter((event) => Number.parseInt(event, 10) <= revision);
    const isRefused = refusal.test(told.events.at(-1) ?? '');
    if (isRefused) expect(told.events.slice(0, -1)).toEqual(expected.slice(0, told.events.length - 1));
    else expect(told.events).toEqual(expected);
    for (const [at, keys] of told.states) {
      if (at < revision && keys.length === 1 && refusal.test(keys[0]!)) continue;
      expect(keys, `keys at revision ${at}`).toEqual(this.told.states.get(at));
    }
    // The last lease was granted first of all that is in the log.
    const leases = told.leases.length < this.told.leases.length ? this.told.leases.slice(0, -1) : this.told.leases;
    expect(told.leases).toEqual(leases);
  }
}

export function withoutZeros(bytes: Buffer): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return end;
}
