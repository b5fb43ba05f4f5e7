/**
 * What is wrong with a transaction by itself.
 *
 * A key may be put once in what could run together, and not be put and deleted. etcd's check is narrower than that, and what it
 * lets through is allowed: deletions in a nested transaction are seen by puts that come later only, and a deletion
 * of every key from one on (end `\0`) is not seen at all.
 */
import { etcdErrors } from '../../../api/etcd-errors.ts';
import { checkRange } from './range.ts';
import { inSpan } from './state.ts';
import type { DeleteRangeRequest, RequestOp, TxnRequest } from './types.ts';
import { checkDeleteRange, checkPut } from './write.ts';

/** A nested transaction may have what the outer one left. */
const maxTxnOps = 128;

/** Throws the first thing that is wrong. */
export function checkTxn(request: TxnRequest): void {
  checkOperations(request, maxTxnOps);
  changesOf(request.success ?? []);
  changesOf(request.failure ?? []);
}

function checkOperations({ compare = [], success = [], failure = [] }: TxnRequest, allowed: number): void {
  const operations = Math.max(compare.length, success.length, failure.length);
  if (operations > allowed) throw etcdErrors.tooManyOps();
  if (compare.some(({ key = '' }) => key === '')) throw etcdErrors.emptyKey();
  for (const { requestRange, requestPut, requestDeleteRange, requestTxn } of [...success, ...failure]) {
    if (requestRange) checkRange(requestRange);
    else if (requestPut) checkPut(requestPut);
    else if (requestDeleteRange) checkDeleteRange(requestDeleteRange);
    else if (requestTxn) checkOperations(requestTxn, allowed - operations);
    else throw etcdErrors.keyNotFound();
  }
}

interface KeyChanges {
  puts: string[];
  deletes: DeleteRangeRequest[];
}

/** What the operations may change. */
function changesOf(operations: RequestOp[]): KeyChanges {
  const deletes = operations.flatMap(({ requestDeleteRange }) => requestDeleteRange ?? []);
  const puts: string[] = [];
  const checkNew = (key: string, elsewhere: string[]): void => {
    if (elsewhere.includes(key) || deletes.some((span) => span.rangeEnd !== '\0' && inSpan(span, key))) {
      throw etcdErrors.duplicateKey();
    }
  };
  for (const { requestTxn } of operations) {
    if (!requestTxn) continue;
    // Only one of the branches runs, so both may put the same key.
    const branches = [changesOf(requestTxn.success ?? []), changesOf(requestTxn.failure ?? [])];
    const before = [...puts];
    for (const branch of branches) {
      for (const key of branch.puts) checkNew(key, before);
      puts.push(...branch.puts);
    }
    deletes.push(...branches.flatMap((branch) => branch.deletes));
  }
  for (const { requestPut } of operations) {
    if (!requestPut) continue;
    checkNew(requestPut.key ?? '', puts);
    puts.push(requestPut.key ?? '');
  }
  return { puts, deletes };
}
