/**
 * What is wrong with a transaction by itself: too many operations, missing keys, a key that is changed twice.
 *
 * Upstream: server/etcdserver/api/v3rpc/key.go
 */

import type { RequestOp, TxnRequest } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import { checkDeleteRange } from './delete-range.ts';
import { inRange, type KeyRange, rangeOf, textOf } from './key-range.ts';
import { checkPut } from './put.ts';
import { checkRange } from './range.ts';

/** etcd's default of `--max-txn-ops`. A nested transaction has what the outer one left. */
const maxTxnOps = 128;

/** Throws etcd's error for the first thing that is wrong. */
export function checkTxn(request: TxnRequest): void {
  checkOperations(request, maxTxnOps);
  changesOf(request.success);
  changesOf(request.failure);
}

function checkOperations({ compare, success, failure }: TxnRequest, allowed: number): void {
  const operations = Math.max(compare.length, success.length, failure.length);
  if (operations > allowed) throw etcdErrors.tooManyOps();
  if (compare.some(({ key }) => key.length === 0)) throw etcdErrors.emptyKey();
  for (const operation of [...success, ...failure]) checkOperation(operation, allowed - operations);
}

function checkOperation(operation: RequestOp, allowed: number): void {
  if (operation.requestRange) checkRange(operation.requestRange);
  else if (operation.requestPut) checkPut(operation.requestPut);
  else if (operation.requestDeleteRange) checkDeleteRange(operation.requestDeleteRange);
  else if (operation.requestTxn) checkOperations(operation.requestTxn, allowed);
  else throw etcdErrors.keyNotFound();
}

interface KeyChanges {
  puts: Set<string>;
  deletes: KeyRange[];
}

/**
 * The keys that a list of operations may change. Throws when one of them may be changed twice: put twice, or put
 * and deleted. The two branches of a nested transaction may change the same key, since only one of them runs.
 *
 * etcd does not see a put together with a deletion of every key from one on (end `\0`), so that is allowed.
 */
function changesOf(operations: RequestOp[]): KeyChanges {
  const puts = new Set<string>();
  const deletes = operations.flatMap(({ requestDeleteRange }) =>
    requestDeleteRange ? [rangeOf(requestDeleteRange)] : [],
  );
  const add = (key: string, elsewhere: Set<string>): void => {
    if (elsewhere.has(key) || deletes.some((range) => range.end !== undefined && inRange(range, key)))
      throw etcdErrors.duplicateKey();
  };
  for (const { requestTxn } of operations) {
    if (!requestTxn) continue;
    const branches = [changesOf(requestTxn.success), changesOf(requestTxn.failure)];
    for (const branch of branches) for (const key of branch.puts) add(key, puts);
    for (const branch of branches) {
      for (const key of branch.puts) puts.add(key);
      deletes.push(...branch.deletes);
    }
  }
  for (const { requestPut } of operations) {
    if (!requestPut) continue;
    const key = textOf(requestPut.key);
    add(key, puts);
    puts.add(key);
  }
  return { puts, deletes };
}
