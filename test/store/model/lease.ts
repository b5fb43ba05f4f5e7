/** Leases: keys that vanish when nobody renews their lease. */
import { etcdErrors } from '../../../api/etcd-errors.ts';
import type { Lease, State } from './state.ts';
import type { Header } from './types.ts';
import { begin, deleteRange, end } from './write.ts';

const minTtl = 2;
const maxTtl = 9_000_000_000;

const header = ({ now }: State): Header => ({ revision: now.revision });

const withLease = (state: State, lease: Lease): State => ({
  ...state,
  leases: new Map(state.leases).set(lease.id, lease),
});

/** A short TTL is lengthened. The caller chooses the ID; the server would choose any that is free. */
export function leaseGrant(state: State, id: bigint, ttl: number) {
  if (ttl > maxTtl) throw etcdErrors.leaseTtlTooLarge();
  if (state.leases.has(id)) throw etcdErrors.leaseExists();
  const granted = Math.max(ttl, minTtl);
  const lease = { id, ttl: granted, expiresAt: state.clock + granted * 1000 };
  return [withLease(state, lease), { header: header(state), id, ttl: granted, error: '' }] as const;
}

/** Deletes the lease and its keys, these at one revision. */
export function leaseRevoke(state: State, id: bigint): [State, { header: Header }] {
  if (!state.leases.has(id)) throw etcdErrors.leaseNotFound();
  const write = keysOf(state, id).reduce((before, key) => deleteRange(before, { key })[0], begin(state));
  const leases = new Map(state.leases);
  leases.delete(id);
  const after = { ...end(state, write), leases };
  return [after, { header: header(after) }];
}

const keysOf = ({ now }: State, id: bigint): string[] =>
  [...now.kvs.values()]
    .filter(({ lease }) => lease === id)
    .map(({ key }) => key)
    .sort();

/** A lease that is not there is answered with a TTL of 0. */
export function leaseKeepAlive(state: State, id: bigint) {
  const lease = state.leases.get(id);
  if (!lease) return [state, { header: header(state), id, ttl: 0 }] as const;
  const renewed = { ...lease, expiresAt: state.clock + lease.ttl * 1000 };
  return [withLease(state, renewed), { header: header(state), id, ttl: lease.ttl }] as const;
}

/** A lease that is not there is answered with a TTL of -1. */
export function leaseTimeToLive(state: State, id: bigint, keys: boolean) {
  const lease = state.leases.get(id);
  if (!lease) return { header: header(state), id, ttl: -1, grantedTtl: 0, keys: [] };
  const ttl = Math.floor((lease.expiresAt - state.clock) / 1000);
  return { header: header(state), id, ttl, grantedTtl: lease.ttl, keys: keys ? keysOf(state, id) : [] };
}

const soonestFirst = (leases: Iterable<Lease>): Lease[] => [...leases].sort((a, b) => a.expiresAt - b.expiresAt);

/** Soonest to expire first. */
export const leaseLeases = (state: State) => ({
  header: header(state),
  leases: soonestFirst(state.leases.values()).map(({ id }) => ({ id })),
});

/** Time passes. Each lease that expires is revoked at a revision of its own. */
export function advance(state: State, ms: number): State {
  const later = { ...state, clock: state.clock + ms };
  const expired = soonestFirst(state.leases.values()).filter(({ expiresAt }) => expiresAt <= later.clock);
  return expired.reduce((rest, { id }) => leaseRevoke(rest, id)[0], later);
}
