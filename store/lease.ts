/**
 * The Lease service: keys that vanish when nobody renews their lease.
 *
 * Upstream: server/etcdserver/v3_server.go (Lease*), server/lease/lessor.go
 */
import { randomBytes } from 'node:crypto';
import type {
  LeaseGrantRequest,
  LeaseGrantResponse,
  LeaseKeepAliveRequest,
  LeaseKeepAliveResponse,
  LeaseLeasesResponse,
  LeaseRevokeRequest,
  LeaseRevokeResponse,
  LeaseTimeToLiveRequest,
  LeaseTimeToLiveResponse,
} from '../api/etcd.ts';
import { etcdErrors } from '../api/etcd-errors.ts';
import type { Init, TypeOf } from '../api/protobuf.ts';
import { bytesOf, singleKey } from './key-range.ts';
import { leaseKey } from './layout.ts';
import type { Lease } from './lessor.ts';
import { metrics } from './metrics.ts';
import { leaseCost } from './quota.ts';
import { headerAt, type Store } from './store.ts';

/** Shorter ones are lengthened: what etcd computes from its default election timeout. */
const minTtl = 2;
const maxTtl = 9_000_000_000;
/** How often expired leases are looked for, as in etcd. */
const expiryCheckMs = 500;

type Answer<M> = Promise<Init<TypeOf<M>>>;

export async function leaseGrant(
  store: Store,
  request: TypeOf<typeof LeaseGrantRequest>,
): Answer<typeof LeaseGrantResponse> {
  const { mvcc, lessor, quota } = store;
  quota.check(leaseCost);
  if (request.ttl > maxTtl) throw etcdErrors.leaseTtlTooLarge();
  if (request.id !== 0n && lessor.get(request.id)) throw etcdErrors.leaseExists();
  const { id, ttl } = lessor.add(request.id || newLeaseId(store), Math.max(request.ttl, minTtl));
  mvcc.commit.put(leaseKey(id), Buffer.from(String(ttl)));
  const header = headerAt(store, mvcc.revision);
  metrics.leasesGranted.inc();
  await mvcc.commit.durable();
  return { header, id, ttl };
}

/** Positive, as clients print it in hexadecimal without a sign. */
function newLeaseId({ lessor }: Store): bigint {
  for (;;) {
    const id = BigInt.asUintN(63, randomBytes(8).readBigUInt64BE());
    if (id !== 0n && !lessor.get(id)) return id;
  }
}

export async function leaseRevoke(
  store: Store,
  { id }: TypeOf<typeof LeaseRevokeRequest>,
): Answer<typeof LeaseRevokeResponse> {
  const lease = store.lessor.get(id);
  if (!lease) throw etcdErrors.leaseNotFound();
  revoke(store, lease);
  const header = headerAt(store, store.mvcc.revision);
  await store.mvcc.commit.durable();
  return { header };
}

/** Deletes the lease and its keys, in one batch and at one revision. */
function revoke({ mvcc, lessor }: Store, lease: Lease): void {
  const keys = [...lease.keys].sort();
  lessor.remove(lease.id);
  mvcc.write((txn) => {
    for (const key of keys) txn.delete(singleKey(key));
  });
  mvcc.commit.delete(leaseKey(lease.id));
  metrics.leasesRevoked.inc();
}

/** One renewal. A lease that is not there is answered with a TTL of 0, not with an error. */
export async function leaseKeepAlive(
  store: Store,
  { id }: TypeOf<typeof LeaseKeepAliveRequest>,
): Answer<typeof LeaseKeepAliveResponse> {
  const lease = store.lessor.get(id);
  const renewed = lease && store.lessor.renew(lease);
  const header = headerAt(store, store.mvcc.revision);
  if (renewed) metrics.leasesRenewed.inc();
  await store.mvcc.commit.durable();
  return { header, id, ttl: renewed ? lease.ttl : 0 };
}

/** A TTL of -1 says that there is no such lease. */
export async function leaseTimeToLive(
  store: Store,
  { id, keys }: TypeOf<typeof LeaseTimeToLiveRequest>,
): Answer<typeof LeaseTimeToLiveResponse> {
  const { mvcc, lessor } = store;
  const lease = lessor.get(id);
  const header = headerAt(store, mvcc.revision);
  const remaining = lease ? Math.floor(lessor.remainingMs(lease) / 1000) : -1;
  const response = lease
    ? { header, id, ttl: Math.max(remaining, 0), grantedTtl: lease.ttl, keys: keys ? keysOf(lease) : [] }
    : { header, id, ttl: -1 };
  await mvcc.commit.durable();
  return response;
}

const keysOf = (lease: Lease): Buffer[] => [...lease.keys].sort().map(bytesOf);

export async function leaseLeases(store: Store): Answer<typeof LeaseLeasesResponse> {
  const leases = store.lessor.all().map(({ id }) => ({ id }));
  const header = headerAt(store, store.mvcc.revision);
  await store.mvcc.commit.durable();
  return { header, leases };
}

/** Revokes leases as they expire. Returns what stops it. */
export function startExpiry(store: Store): () => void {
  const timer = setInterval(() => {
    for (const lease of store.lessor.expired()) {
      revoke(store, lease);
      metrics.leasesExpired.inc();
    }
  }, expiryCheckMs);
  return () => clearInterval(timer);
}
