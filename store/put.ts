/**
 * KV.Put: stores a value under a key.
 *
 * Upstream: server/etcdserver/txn/put.go
 */

import type { PutRequest, PutResponse } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import { textOf } from './key-range.ts';
import { decodeValue } from './layout.ts';
import type { WriteTxn } from './mvcc.ts';
import { putCost } from './quota.ts';
import { headerAt, type Store } from './store.ts';

/** What is wrong with the request by itself. */
export function checkPut({ key, value, lease, ignoreValue, ignoreLease }: PutRequest): void {
  if (key.length === 0) throw etcdErrors.emptyKey();
  if (ignoreValue && value.length > 0) throw etcdErrors.valueProvided();
  if (ignoreLease && lease !== 0n) throw etcdErrors.leaseProvided();
}

/** The lease must be there. */
export function checkLease({ lessor }: Store, { lease }: PutRequest): void {
  if (lease !== 0n && !lessor.get(lease)) throw etcdErrors.leaseNotFound();
}

/** What is kept must be there. */
export function checkKept({ mvcc }: Store, { key, ignoreValue, ignoreLease }: PutRequest): void {
  if ((ignoreValue || ignoreLease) && !mvcc.index.get(textOf(key))?.current) throw etcdErrors.keyNotFound();
}

/** Puts as part of a write. All checks have passed. */
export function executePut({ mvcc }: Store, txn: WriteTxn, request: PutRequest): Init<PutResponse> {
  const key = textOf(request.key);
  const current = mvcc.index.get(key)?.current;
  const value = request.ignoreValue && current ? decodeValue(current) : request.value;
  const lease = request.ignoreLease && current ? current.lease : request.lease;
  const previous = txn.put(key, value, lease);
  return { header: { revision: txn.revision }, prevKv: request.prevKv ? previous?.bytes : undefined };
}

/** Handles the request. */
export async function put(store: Store, request: PutRequest): Promise<Init<PutResponse>> {
  checkPut(request);
  store.quota.check(putCost(request));
  checkLease(store, request);
  checkKept(store, request);
  const response = store.mvcc.write((txn) => executePut(store, txn, request));
  const header = headerAt(store, store.mvcc.revision);
  await store.mvcc.commit.durable();
  return { ...response, header };
}
