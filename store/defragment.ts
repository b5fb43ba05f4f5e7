/**
 * Maintenance.Defragment: gives back the space of what was deleted or compacted, at once instead of when LevelDB comes to
 * it. Requests are served meanwhile.
 *
 * Upstream: server/storage/backend/backend.go (Defrag), which holds requests up while it copies its file.
 */
import type { DefragmentResponse } from '../api/etcd-maintenance.ts';
import type { Init, TypeOf } from '../api/protobuf.ts';
import type { Store } from './store.ts';

/** Before and after every key there is. */
const first = Buffer.of(0);
const last = Buffer.of(0xff);

/** Handles the request. */
export async function defragment({ database, mvcc, quota }: Store): Promise<Init<TypeOf<typeof DefragmentResponse>>> {
  await database.compactRange(first, last);
  // What is left at LevelDB's lowest level is not rewritten by itself, only together with something above that overlaps
  // it. Two deletions of nothing, at both ends, overlap everything.
  for (const key of [first, last]) mvcc.commit.delete(key);
  await mvcc.commit.durable();
  await database.compactRange(first, last);
  quota.measure();
  return {};
}
