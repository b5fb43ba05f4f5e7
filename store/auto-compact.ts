/**
 * Compaction by itself: `--auto-compaction-mode` and `--auto-compaction-retention`.
 *
 * - periodic: history of the last `retention` is kept. Ten samples an interval remember which revision was current when;
 *   an interval is the retention, an hour at most.
 * - revision: the last `retention` revisions are kept; looked at every five minutes.
 *
 * Upstream: server/etcdserver/api/v3compactor
 */
import { isEtcdError } from '../api/etcd-errors.ts';
import { parseDuration } from '../client/component/flags.ts';
import type { Logger } from '../client/component/log.ts';
import { startCompaction } from './compact.ts';
import type { Store } from './store.ts';

export type Retention = { mode: 'periodic'; ms: number } | { mode: 'revision'; revisions: number } | undefined;

const hourMs = 3_600_000;
const revisionCheckMs = 300_000;
const samplesPerInterval = 10;

/** Reads the two flags. A whole number counts hours in periodic mode; 0 turns it off. */
export function parseRetention(mode: string, text: string): Retention {
  const number = /^\d+$/.test(text) ? Number(text) : undefined;
  if (number === 0) return undefined;
  if (mode === 'revision') {
    if (number === undefined)
      throw new Error(`invalid --auto-compaction-retention "${text}": expected a number of revisions`);
    return { mode: 'revision', revisions: number };
  }
  const ms = number === undefined ? parseDuration(text) : number * hourMs;
  if (ms === undefined)
    throw new Error(`invalid --auto-compaction-retention "${text}": expected a duration such as 30m or 1h`);
  return ms === 0 ? undefined : { mode: 'periodic', ms };
}

/** How many samples a periodic retention keeps, and how far apart. */
export function samplingOf(retentionMs: number): { everyMs: number; samples: number } {
  const everyMs = Math.min(retentionMs, hourMs) / samplesPerInterval;
  return { everyMs, samples: Math.round(retentionMs / everyMs) };
}

/** Starts it. Returns what stops it. */
export function startAutoCompaction(store: Store, retention: Retention, logger: Logger): () => void {
  if (!retention) return () => undefined;
  const compactTo = (revision: number): void => {
    if (revision <= Math.max(store.mvcc.compactRevision, 0)) return;
    startCompaction(store, revision).then(
      () => logger.info({ revision }, 'Compacted'),
      (error) => {
        if (!isEtcdError(error, 'compacted')) logger.error({ err: error, revision }, 'Compaction failed');
      },
    );
  };
  if (retention.mode === 'revision') {
    const timer = setInterval(() => compactTo(store.mvcc.durableRevision - retention.revisions), revisionCheckMs);
    return () => clearInterval(timer);
  }
  const { everyMs, samples } = samplingOf(retention.ms);
  const revisions = [store.mvcc.durableRevision];
  let sinceCompaction = 0;
  const timer = setInterval(() => {
    revisions.push(store.mvcc.durableRevision);
    if (revisions.length <= samples) return;
    // The oldest sample is now exactly as old as the retention.
    const oldest = revisions.shift()!;
    if (sinceCompaction++ % samplesPerInterval === 0) compactTo(oldest);
  }, everyMs);
  return () => clearInterval(timer);
}
