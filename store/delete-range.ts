/**
 * KV.DeleteRange: deletes a key or every key of a range.
 *
 * Upstream: server/etcdserver/txn/delete.go
 */

import type { DeleteRangeRequest, DeleteRangeResponse } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import { rangeOf } from './key-range.ts';
import type { WriteTxn } from './mvcc.ts';
import { headerAt, type Store } from './store.ts';

export function checkDeleteRange({ key }: DeleteRangeRequest): void {
  if (key.length === 0) throw etcdErrors.emptyKey();
}

/** Deletes as part of a write. */
export function executeDeleteRange(txn: WriteTxn, request: DeleteRangeRequest): Init<DeleteRangeResponse> {
  const deleted = txn.delete(rangeOf(request));
  return {
    header: { revision: txn.readRevision },
    deleted: deleted.length,
    prevKvs: request.prevKv ? deleted.map((kv) => kv.bytes) : [],
  };
}

/** Handles the request. */
export async function deleteRange(store: Store, request: DeleteRangeRequest): Promise<Init<DeleteRangeResponse>> {
  checkDeleteRange(request);
  const response = store.mvcc.write((txn) => executeDeleteRange(txn, request));
  const header = headerAt(store, store.mvcc.revision);
  await store.mvcc.commit.durable();
  return { ...response, header };
}
