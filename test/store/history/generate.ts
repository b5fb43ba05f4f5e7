/**
 * Random histories in which things collide: few keys that are prefixes of each other or have extreme bytes, ranges that are empty
 * or reversed, revisions around the present and around the compact revision, numbers at the ends of what is possible.
 *
 * The model is stepped along, so that a choice can aim at what there is at that moment.
 */
import { prefixEnd } from '../../../api/etcd.ts';
import { type Random, randomFrom } from '../../harness/random.ts';
import { emptyState, type State } from '../model/state.ts';
import { step } from '../model/step.ts';
import type {
  Compare,
  DeleteRangeRequest,
  PutRequest,
  RangeRequest,
  RequestOp,
  Span,
  TxnRequest,
} from '../model/types.ts';
import type { Step, WatchStep } from './steps.ts';

// At most twelve: Go sorts that few stably, and what is equal has no order of its own.
const keys = ['a', 'a\0', 'a\xff', 'aa', 'ab', 'b', 'b/', '\0', '\xff', '\xff\xff', 'c'];
const values = ['', '', '0', '1', 'one', '\0', '\xff\0\xff'];
const leaseIds = [1n, 2n, 3n, 2n ** 63n - 1n, -(2n ** 63n)];
/** Far enough apart for an order of expiry that no delay changes. */
const ttlOf = (id: bigint): number => 10_000 * (leaseIds.indexOf(id) + 1);
// The largest numbers that a double has exactly below 2^63, and the smallest int64.
const [maxInt64, minInt64] = [2 ** 63 - 1024, -(2 ** 63)];

/** The same seed and length give the same history. */
export function generateHistory(seed: number, length: number): Step[] {
  const random = randomFrom(seed);
  const steps: Step[] = [];
  const watchIds: number[] = [];
  let state = emptyState;
  while (steps.length < length) {
    const next = new Choices(random, state, watchIds).step();
    if (next.kind === 'txn' && mayStopEtcd(next)) continue;
    steps.push(next);
    if (next.kind === 'watch') watchIds.push(next.watchId ?? 0);
    else if (next.kind !== 'cancelWatch' && next.kind !== 'progress' && next.kind !== 'restart') {
      state = step(state, next)[0];
    }
  }
  return steps;
}

/** A put that keeps what an earlier operation of its transaction deleted ends etcd with a panic. */
function mayStopEtcd(txn: TxnRequest): boolean {
  const operations = operationsOf(txn);
  return (
    operations.some(({ requestDeleteRange }) => requestDeleteRange?.rangeEnd === '\0') &&
    operations.some(({ requestPut }) => requestPut?.ignoreValue || requestPut?.ignoreLease)
  );
}

/** Those of nested transactions too. */
const operationsOf = ({ success = [], failure = [] }: TxnRequest): RequestOp[] =>
  [...success, ...failure].flatMap((operation) =>
    operation.requestTxn ? operationsOf(operation.requestTxn) : [operation],
  );

class Choices {
  readonly #random: Random;
  readonly #state: State;
  readonly #watchIds: number[];

  constructor(random: Random, state: State, watchIds: number[]) {
    this.#random = random;
    this.#state = state;
    this.#watchIds = watchIds;
  }

  #one<T>(...choices: T[]): T {
    return choices[this.#random(choices.length)]!;
  }

  /** True once in `n` times. */
  #rarely(n: number): boolean {
    return this.#random(n) === 0;
  }

  /** Mostly short lists. */
  #some<T>(make: () => T): T[] {
    return Array.from({ length: this.#random(4) }, make);
  }

  step(): Step {
    const kind = this.#random(200);
    if (kind < 60) return { kind: 'put', ...this.#put() };
    if (kind < 75) return { kind: 'deleteRange', ...this.#deleteRange() };
    if (kind < 120) return { kind: 'range', ...this.#range() };
    if (kind < 160) return { kind: 'txn', ...this.#txn(0) };
    if (kind < 166) return { kind: 'compact', revision: this.#revision(), physical: true };
    if (kind < 186) return this.#leaseStep();
    if (kind < 193) return this.#watch();
    if (kind < 196) return { kind: 'cancelWatch', watchId: this.#one(0, ...this.#watchIds) };
    if (kind < 199) return { kind: 'progress' };
    return { kind: 'restart', signal: this.#one('SIGKILL', 'SIGTERM') };
  }

  #key(): string {
    return this.#rarely(60) ? '' : this.#one(...keys);
  }

  #span(): Span {
    const key = this.#key();
    if (this.#rarely(3)) return { key };
    const prefix = prefixEnd(Buffer.from(key, 'latin1')).toString('latin1');
    return { key, rangeEnd: this.#one('\0', prefix, prefix, this.#one(...keys), this.#one(...keys), `${key}\0`, key) };
  }

  /** Around the present, around the compact revision, anywhere, and nowhere. */
  #revision(): number {
    const { now, compactRevision } = this.#state;
    const near = (revision: number): number => revision + this.#random(3) - 1;
    const extreme = this.#one(minInt64, -2, -1, 0, 2 ** 53, maxInt64);
    return this.#one(
      near(now.revision),
      near(compactRevision),
      this.#random(now.revision + 1),
      this.#rarely(3) ? extreme : 0,
    );
  }

  /** Usually none. */
  #bound(): { [name: string]: number } {
    const name = this.#one('minModRevision', 'maxModRevision', 'minCreateRevision', 'maxCreateRevision');
    return this.#rarely(4) ? { [name]: this.#revision() } : {};
  }

  #range(): RangeRequest {
    return {
      ...this.#span(),
      limit: this.#one(0, 0, 0, 1, 2, 3, 5, -1, minInt64, maxInt64),
      revision: this.#rarely(2) ? 0 : this.#revision(),
      sortOrder: this.#one('NONE', 'NONE', 'ASCEND', 'DESCEND'),
      sortTarget: this.#one('KEY', 'KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'),
      keysOnly: this.#rarely(4),
      countOnly: this.#rarely(6),
      serializable: this.#rarely(4),
      ...this.#bound(),
      ...this.#bound(),
    };
  }

  #lease(): bigint {
    return this.#rarely(10) ? 404n : this.#one(...leaseIds.slice(0, 3), ...leaseIds);
  }

  #put(): PutRequest {
    const ignoreValue = this.#rarely(8);
    const ignoreLease = this.#rarely(8);
    return {
      key: this.#key(),
      value: ignoreValue && !this.#rarely(5) ? '' : this.#one(...values),
      lease: this.#rarely(ignoreLease ? 10 : 4) ? this.#lease() : 0n,
      prevKv: this.#rarely(3),
      ignoreValue,
      ignoreLease,
    };
  }

  #deleteRange(): DeleteRangeRequest {
    return { ...this.#span(), prevKv: this.#rarely(2) };
  }

  #txn(depth: number): TxnRequest {
    const some = (): RequestOp[] => this.#some(() => this.#operation(depth));
    const many = this.#rarely(60) ? this.#one(126, 127, 128, 129) : 0;
    const success = [...some(), ...Array.from({ length: many }, () => ({ requestRange: { key: 'a' } }))];
    return { compare: this.#rarely(2) ? [] : this.#some(() => this.#compare()), success, failure: some() };
  }

  #operation(depth: number): RequestOp {
    const kind = this.#random(depth > 1 ? 12 : 16);
    if (kind < 5) return { requestPut: this.#put() };
    if (kind < 8) return { requestDeleteRange: this.#deleteRange() };
    if (kind < 12) return { requestRange: { ...this.#range(), ...(this.#rarely(3) ? {} : { revision: 0 }) } };
    return this.#rarely(40) ? {} : { requestTxn: this.#txn(depth + 1) };
  }

  /** What it compares with is often what is there. */
  #compare(): Compare {
    const span = this.#rarely(3) ? this.#span() : { key: this.#key() };
    const kv = this.#state.now.kvs.get(span.key ?? '');
    const target = this.#one('VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE');
    const operand = {
      VERSION: { version: this.#one(0, 1, 2, kv?.version ?? 0) },
      CREATE: { createRevision: this.#one(0, this.#revision(), kv?.createRevision ?? 0) },
      MOD: { modRevision: this.#one(0, this.#revision(), kv?.modRevision ?? 0) },
      VALUE: { value: this.#one(...values, kv?.value ?? '') },
      LEASE: { lease: this.#one(0n, this.#lease(), kv?.lease ?? 0n) },
    }[target];
    return { ...span, target, result: this.#one('EQUAL', 'EQUAL', 'NOT_EQUAL', 'GREATER', 'LESS'), ...operand };
  }

  #leaseStep(): Step {
    const id = this.#lease();
    const known = id === 404n ? 1n : id;
    const kind = this.#one(
      'leaseGrant',
      'leaseGrant',
      'leaseRevoke',
      'leaseKeepAlive',
      'leaseTimeToLive',
      'leaseLeases',
    );
    if (kind === 'leaseGrant') return { kind, id: known, ttl: this.#rarely(20) ? 9_000_000_001 : ttlOf(known) };
    if (kind === 'leaseLeases') return { kind };
    return kind === 'leaseTimeToLive' ? { kind, id, keys: !this.#rarely(3) } : { kind, id };
  }

  #watch(): WatchStep {
    return {
      kind: 'watch',
      ...this.#span(),
      startRevision: this.#one(0, 0, this.#revision(), this.#revision(), this.#state.now.revision + this.#random(12)),
      filters: this.#one([], [], [], ['NOPUT'], ['NODELETE'], ['NOPUT', 'NODELETE']),
      prevKv: this.#rarely(2),
      fragment: this.#rarely(4),
      // One that is taken, one that is not, or any that is free.
      watchId: this.#one(0, 0, 0, 100 + this.#random(1000), this.#one(0, ...this.#watchIds)),
    };
  }
}
