/**
 * Transactions: if all comparisons hold these operations, otherwise those, in order, at one revision.
 *
 * All comparisons, those of nested transactions too, look at the state before. They choose the operations that run. Then
 * everything that could be refused is checked, and only then is anything done.
 */
import { etcdErrors } from '../../../api/etcd-errors.ts';
import { range } from './range.ts';
import { kvsIn, type Snapshot, type State } from './state.ts';
import { checkTxn } from './txn-check.ts';
import type { Compare, KeyValue, RangeRequest, RequestOp, ResponseOp, TxnRequest, TxnResponse } from './types.ts';
import { begin, checkKept, checkLease, deleteRange, end, put } from './write.ts';

/** The whole transaction. */
export function txn(state: State, request: TxnRequest): [State, TxnResponse] {
  checkTxn(request);
  checkPutsNow(state, request);
  checkRangesNow(state, request);
  const [write, response] = execute(state, begin(state), request);
  return [end(state, write), { ...response, header: { revision: write.revision } }];
}

const succeeds = (state: State, { compare = [] }: TxnRequest): boolean => compare.every((one) => holds(state, one));

/** The operations that run. */
const chosen = (state: State, request: TxnRequest): RequestOp[] =>
  (succeeds(state, request) ? request.success : request.failure) ?? [];

/** A comparison holds for all keys of its range. With none it sees zeros; but a value that is not there equals nothing. */
function holds({ now }: State, compare: Compare): boolean {
  const kvs = kvsIn(now, compare);
  if (kvs.length === 0) return compare.target !== 'VALUE' && holdsFor(absent, compare);
  return kvs.every((kv) => holdsFor(kv, compare));
}

const absent: KeyValue = { key: '', createRevision: 0, modRevision: 0, version: 0, value: '', lease: 0n };

function holdsFor(kv: KeyValue, compare: Compare): boolean {
  const { target = 'VERSION', result = 'EQUAL' } = compare;
  const [actual, wanted] = {
    VERSION: [kv.version, compare.version ?? 0],
    CREATE: [kv.createRevision, compare.createRevision ?? 0],
    MOD: [kv.modRevision, compare.modRevision ?? 0],
    VALUE: [kv.value, compare.value ?? ''],
    LEASE: [kv.lease, compare.lease ?? 0n],
  }[target] as [number, number];
  return { EQUAL: actual === wanted, NOT_EQUAL: actual !== wanted, GREATER: actual > wanted, LESS: actual < wanted }[
    result
  ];
}

/** Throws when a put that would run cannot. All puts, those of nested transactions too, are looked at before all ranges. */
function checkPutsNow(state: State, request: TxnRequest): void {
  for (const { requestPut, requestTxn } of chosen(state, request)) {
    if (requestPut) {
      checkKept(state, requestPut);
      checkLease(state, requestPut);
    }
    if (requestTxn) checkPutsNow(state, requestTxn);
  }
}

function checkRangesNow(state: State, request: TxnRequest): void {
  for (const { requestRange, requestTxn } of chosen(state, request)) {
    if (requestRange) checkRevision(state, requestRange);
    if (requestTxn) checkRangesNow(state, requestTxn);
  }
}

/** Stricter than outside of a transaction: there, a negative revision always means the newest. */
function checkRevision({ now, compactRevision }: State, { revision = 0 }: RangeRequest): void {
  if (revision > now.revision) throw etcdErrors.futureRevision();
  if (revision !== 0 && revision < compactRevision) throw etcdErrors.compacted();
}

function execute(state: State, before: Snapshot, request: TxnRequest): [Snapshot, TxnResponse] {
  let write = before;
  const responses = chosen(state, request).map((operation) => {
    const [after, response] = executeOperation(state, write, operation);
    write = after;
    return response;
  });
  // Only the outermost transaction says at which revision it ran.
  return [write, { header: { revision: 0 }, succeeded: succeeds(state, request), responses }];
}

function executeOperation(state: State, write: Snapshot, operation: RequestOp): [Snapshot, ResponseOp] {
  const { requestRange, requestPut, requestDeleteRange, requestTxn } = operation;
  if (requestRange) return [write, { responseRange: range(write, requestRange) }];
  if (requestPut) {
    const [after, responsePut] = put(write, requestPut);
    return [after, { responsePut }];
  }
  if (requestDeleteRange) {
    const [after, responseDeleteRange] = deleteRange(write, requestDeleteRange);
    return [after, { responseDeleteRange }];
  }
  const [after, responseTxn] = execute(state, write, requestTxn!);
  return [after, { responseTxn }];
}
