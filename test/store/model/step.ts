/**
 * A model of etcd: `step(state, request)` gives the next state and the response. It is pure, it keeps everything, and it is as
 * short as it can be, so that reading it is the quickest way to learn what etcd promises. Our store and real etcd are
 * compared with it, answer by answer.
 *
 * Files: `types.ts` requests and responses, `state.ts` what the store is, `range.ts` reads, `write.ts` puts and deletions, `txn.ts` and
 * `txn-check.ts` transactions, `lease.ts`, `watch.ts` what watchers are told.
 *
 * Left out: sizes and quotas, and the identities in headers.
 */
import { EtcdError, etcdErrors } from '../../../api/etcd-errors.ts';
import { advance, leaseGrant, leaseKeepAlive, leaseLeases, leaseRevoke, leaseTimeToLive } from './lease.ts';
import { checkRange, range } from './range.ts';
import type { State } from './state.ts';
import { txn } from './txn.ts';
import type { RangeRequest, Request, Response } from './types.ts';
import { begin, checkDeleteRange, checkKept, checkLease, checkPut, deleteRange, end, put } from './write.ts';

/** A refused request leaves the state as it was. */
export function step(state: State, request: Request): readonly [State, Response] {
  try {
    return accept(state, request);
  } catch (error) {
    if (!(error instanceof EtcdError)) throw error;
    return [state, { code: error.code, message: error.message }];
  }
}

function accept(state: State, request: Request): readonly [State, Response] {
  switch (request.kind) {
    case 'range':
      checkRange(request);
      checkRevision(state, request);
      return [state, range(state.now, request)];
    case 'put': {
      checkPut(request);
      checkLease(state, request);
      checkKept(state, request);
      const [write, response] = put(begin(state), request);
      return [end(state, write), response];
    }
    case 'deleteRange': {
      checkDeleteRange(request);
      const [write, response] = deleteRange(begin(state), request);
      return [end(state, write), response];
    }
    case 'txn':
      return txn(state, request);
    case 'compact':
      return compact(state, request.revision ?? 0);
    case 'leaseGrant':
      return leaseGrant(state, request.id, request.ttl ?? 0);
    case 'leaseRevoke':
      return leaseRevoke(state, request.id ?? 0n);
    case 'leaseKeepAlive':
      return leaseKeepAlive(state, request.id ?? 0n);
    case 'leaseTimeToLive':
      return [state, leaseTimeToLive(state, request.id ?? 0n, request.keys ?? false)];
    case 'leaseLeases':
      return [state, leaseLeases(state)];
    case 'advance': {
      const after = advance(state, request.ms);
      return [after, { header: { revision: after.now.revision } }];
    }
  }
}

/** 0 and less stand for the newest revision. */
function checkRevision({ now, compactRevision }: State, { revision = 0 }: RangeRequest): void {
  if (revision > now.revision) throw etcdErrors.futureRevision();
  if (revision > 0 && revision < compactRevision) throw etcdErrors.compacted();
}

/** From now on nobody sees what was before `revision`. */
function compact(state: State, revision: number): [State, Response] {
  if (revision <= state.compactRevision) throw etcdErrors.compacted();
  if (revision > state.now.revision) throw etcdErrors.futureRevision();
  return [{ ...state, compactRevision: revision }, { header: { revision: state.now.revision } }];
}
