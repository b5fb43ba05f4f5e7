/**
 * The plain limit, for `--enable-priority-and-fairness=false`: no more requests at a time than the server can hold, reads
 * and writes counted apart. Administrators always pass.
 *
 * Upstream: apiserver/pkg/server/filters/maxinflight.go
 */
import { tooManyRequests } from '../../api/errors.ts';
import type { Call } from '../request/call.ts';
import {
  doNothing,
  type FlowControl,
  isLongRunning,
  type RequestKind,
  refusal,
  requestKindOf,
} from './flow-control.ts';
import { inflight } from './metrics.ts';

export class MaxInFlight implements FlowControl {
  readonly #limits: Record<RequestKind, number>;

  /** 0 means no limit. */
  constructor(maxReads: number, maxWrites: number) {
    this.#limits = { readOnly: maxReads, mutating: maxWrites };
  }

  enter({ user, info }: Call): () => void {
    if (isLongRunning(info)) return doNothing;
    const kind = requestKindOf(info);
    const limit = this.#limits[kind];
    if (limit > 0 && inflight[kind] >= limit && !user.groups.includes('system:masters')) {
      throw tooManyRequests(refusal);
    }
    inflight[kind] += 1;
    return () => {
      inflight[kind] -= 1;
    };
  }
}
