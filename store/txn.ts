/**
 * KV.Txn: if all comparisons hold, these operations, otherwise those; atomically and at one revision.
 *
 * All comparisons, those of nested transactions too, look at the state before the transaction. They decide first which
 * branches run; then everything that could still be refused is checked; then the operations run in order.
 *
 * Upstream: server/etcdserver/txn/txn.go
 */

import type { Compare, RequestOp, ResponseOp, TxnRequest, TxnResponse } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import { executeDeleteRange } from './delete-range.ts';
import { inRange, type KeyRange, rangeOf, textOf } from './key-range.ts';
import { decodeValue, type StoredKv } from './layout.ts';
import { metrics } from './metrics.ts';
import type { Mvcc, WriteTxn } from './mvcc.ts';
import { checkKept, checkLease, executePut } from './put.ts';
import { txnCost } from './quota.ts';
import { answer, locate } from './range.ts';
import { headerAt, type Store } from './store.ts';
import { checkTxn } from './txn-check.ts';

/** A transaction whose comparisons have been made: the operations of the branch that runs. */
interface Decided {
  succeeded: boolean;
  operations: { operation: RequestOp; nested: Decided | undefined }[];
}

/** Handles the request. */
export async function txn(store: Store, request: TxnRequest): Promise<Init<TxnResponse>> {
  checkTxn(request);
  const cost = txnCost(request);
  if (cost > 0) store.quota.check(cost);
  const decided = decide(store.mvcc, request);
  checkPuts(store, decided, []);
  checkRanges(store, decided);
  const finish = store.mvcc.write((write) => execute(store, write, decided));
  const header = headerAt(store, store.mvcc.revision);
  metrics.txns.inc();
  await store.mvcc.commit.durable();
  return { ...(await finish()), header };
}

/** Whether any operation is more than a read; a nested transaction always counts, as in etcd. */
export const mayWrite = ({ success, failure }: TxnRequest): boolean =>
  [...success, ...failure].some(({ requestRange }) => !requestRange);

function decide(mvcc: Mvcc, { compare, success, failure }: TxnRequest): Decided {
  const succeeded = compare.every((comparison) => holds(mvcc, comparison));
  const operations = (succeeded ? success : failure).map((operation) => ({
    operation,
    nested: operation.requestTxn && decide(mvcc, operation.requestTxn),
  }));
  return { succeeded, operations };
}

/** A key that does not exist compares as zero, but its value compares as nothing, not even unequal. */
function holds(mvcc: Mvcc, comparison: Compare): boolean {
  let any = false;
  for (const { current } of mvcc.index.range(rangeOf(comparison))) {
    if (!current) continue;
    any = true;
    if (!holdsFor(comparison, current)) return false;
  }
  return any || (comparison.target !== 'VALUE' && holdsFor(comparison, absent));
}

const absent: StoredKv = { createRevision: 0, modRevision: 0, version: 0, lease: 0n, bytes: Buffer.alloc(0) };

const order = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const targets: Record<Compare['target'], (kv: StoredKv, comparison: Compare) => number> = {
  VERSION: (kv, { version }) => order(kv.version, version),
  CREATE: (kv, { createRevision }) => order(kv.createRevision, createRevision),
  MOD: (kv, { modRevision }) => order(kv.modRevision, modRevision),
  LEASE: (kv, { lease }) => order(kv.lease, lease),
  VALUE: (kv, { value }) => decodeValue(kv).compare(value),
};

const results: Record<Compare['result'], (order: number) => boolean> = {
  EQUAL: (n) => n === 0,
  NOT_EQUAL: (n) => n !== 0,
  GREATER: (n) => n > 0,
  LESS: (n) => n < 0,
};

const holdsFor = (comparison: Compare, kv: StoredKv): boolean =>
  results[comparison.result](targets[comparison.target](kv, comparison));

/**
 * Throws when a put that would run cannot. All puts, those of nested transactions too, are looked at before all ranges.
 * `deleted` is what earlier operations delete: a put after them finds nothing there to keep.
 */
function checkPuts(store: Store, { operations }: Decided, deleted: KeyRange[]): void {
  for (const { operation, nested } of operations) {
    const { requestPut: put, requestDeleteRange } = operation;
    if (put) {
      checkKept(store, put);
      checkLease(store, put);
      const keeps = put.ignoreValue || put.ignoreLease;
      if (keeps && deleted.some((range) => inRange(range, textOf(put.key)))) throw etcdErrors.keyNotFound();
    } else if (requestDeleteRange) deleted.push(rangeOf(requestDeleteRange));
    else if (nested) checkPuts(store, nested, deleted);
  }
}

/** Throws when a range that would run cannot. Outside of a transaction a negative revision is never too old. */
function checkRanges(store: Store, { operations }: Decided): void {
  const { mvcc } = store;
  for (const { operation, nested } of operations) {
    if (operation.requestRange) {
      const { revision } = operation.requestRange;
      mvcc.checkRevision(revision);
      if (revision < 0 && revision < mvcc.compactRevision) throw etcdErrors.compacted();
    } else if (nested) checkRanges(store, nested);
  }
}

type Finish<T> = () => Promise<Init<T>>;

/** Runs the operations. What a range found may have to be read from disk, so answers are completed afterwards. */
function execute(store: Store, write: WriteTxn, { succeeded, operations }: Decided): Finish<TxnResponse> {
  const finishes = operations.map(({ operation, nested }) => executeOperation(store, write, operation, nested));
  return async () => ({ header: {}, succeeded, responses: await Promise.all(finishes.map((finish) => finish())) });
}

function executeOperation(store: Store, write: WriteTxn, op: RequestOp, nested?: Decided): Finish<ResponseOp> {
  if (op.requestPut) {
    const responsePut = executePut(store, write, op.requestPut);
    return async () => ({ responsePut });
  }
  if (op.requestDeleteRange) {
    const responseDeleteRange = executeDeleteRange(write, op.requestDeleteRange);
    return async () => ({ responseDeleteRange });
  }
  if (op.requestRange) {
    const located = locate(store, op.requestRange, write.readRevision);
    return async () => ({ responseRange: await answer(store, located) });
  }
  const finish = execute(store, write, nested!);
  return async () => ({ responseTxn: await finish() });
}
