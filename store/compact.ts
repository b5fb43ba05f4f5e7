/**
 * KV.Compact: forgets the versions that nobody reading at `revision` or later can see.
 *
 * The revision counts as compacted at once; the records are deleted in the background (`compactor.ts`).
 *
 * Upstream: server/storage/mvcc/kvstore.go (Compact)
 */
import type { CompactionRequest, ResponseHeader } from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init } from '../api/protobuf.ts';
import { encodeNumber, metaKey } from './layout.ts';
import { headerAt, type Store } from './store.ts';

/** Starts a compaction. Resolves, once the decision is on disk, with what resolves when the records are deleted. */
export async function startCompaction({ mvcc, compactor }: Store, revision: number): Promise<{ done: Promise<void> }> {
  if (revision <= mvcc.compactRevision) throw etcdErrors.compacted();
  if (revision > mvcc.revision) throw etcdErrors.futureRevision();
  mvcc.commit.put(metaKey('compactRevision'), encodeNumber(revision));
  mvcc.compactRevision = revision;
  await mvcc.commit.durable();
  return { done: compactor.run(revision) };
}

/** Handles the request. */
export async function compact(
  store: Store,
  { revision, physical }: CompactionRequest,
): Promise<{ header: Init<ResponseHeader> }> {
  const { done } = await startCompaction(store, revision);
  const header = headerAt(store, store.mvcc.revision);
  if (physical) await done;
  return { header };
}
