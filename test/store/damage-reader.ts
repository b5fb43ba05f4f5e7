/**
 * Opens a damaged data directory and tells everything that the store says. As a program, a process of its own, because what
 * LevelDB reads from a damaged table may end the process: it is sent directories and answers each with an `Outcome`.
 */
import { type RangeRequest as Range, RangeRequest } from '../../api/etcd.ts';
import { type Logger, silentLogger } from '../../client/component/log.ts';
import { readLog } from '../../store/log.ts';
import { openStore } from '../../store/open.ts';
import { range } from '../../store/range.ts';
import type { Store } from '../../store/store.ts';

/** What a store says when asked everything: texts that can be compared. */
export interface Told {
  revision: number;
  /** The event log from the oldest revision on. */
  events: string[];
  /** The keys at a revision. */
  states: Map<number, string[]>;
  leases: string[];
}

/** How a start ended: what the store told and how often it warned, or why there is none. */
export type Outcome = { told: Told; warnings: number } | { reason: string };

/** Opens a store in this process. A write that fails is thrown to the writer as well, so nobody else needs to be told. */
export function open(dataDir: string, logger: Logger = silentLogger()): Promise<Store> {
  const onFailure = (): void => undefined;
  return openStore({
    dataDir,
    logger,
    quotaBytes: 0,
    onFailure,
    now: () => performance.now(),
    progressIntervalMs: 3_600_000,
  });
}

/** Asks a store for its events, its leases, and its keys at every so many revisions and now. */
export async function tell(store: Store, step: number): Promise<Told> {
  const { revision, compactRevision } = store.mvcc;
  const states = new Map<number, string[]>();
  for (let at = revision; at >= Math.max(compactRevision, 1); at -= step) states.set(at, await keysAt(store, at));
  const leases = store.lessor.all().map(({ id, ttl }) => `${id} ${ttl}`);
  return { revision, events: await eventsOf(store), states, leases: leases.sort() };
}

/** Encoded, or the reason why they are not told. */
async function keysAt(store: Store, revision: number): Promise<string[]> {
  try {
    const request = { key: '\0', rangeEnd: '\0', revision };
    const asRead: Range = RangeRequest.decode(RangeRequest.encode(request));
    const { kvs } = (await range(store, asRead)) as { kvs: Buffer[] };
    return kvs.map((kv) => kv.toString('base64'));
  } catch (error) {
    return [(error as Error).message];
  }
}

/** The events in order, each with its revision, and last the reason when not all are told. */
async function eventsOf({ database, mvcc }: Store): Promise<string[]> {
  const { revision: last, compactRevision } = mvcc;
  const events: string[] = [];
  try {
    for (let next = Math.max(compactRevision, 1) + 1; next <= last; ) {
      const page = await readLog(database, compactRevision, next, last);
      for (const { revision, change } of page.events) {
        events.push(`${revision} ${change.type} ${change.kv.toString('base64')}`);
      }
      next = page.through + 1;
    }
  } catch (error) {
    events.push((error as Error).message);
  }
  return events;
}

async function outcomeOf(dataDir: string): Promise<Outcome> {
  let warnings = 0;
  const logger = silentLogger();
  logger.warn = () => void warnings++;
  let store: Store;
  try {
    store = await open(dataDir, logger);
  } catch (error) {
    // As a process prints it.
    const { message, cause } = error as Error;
    return { reason: cause ? `${message}: ${(cause as Error).message}` : message };
  }
  try {
    return { told: await tell(store, 17), warnings };
  } finally {
    await store.close();
  }
}

if (import.meta.main) process.on('message', async (dataDir: string) => process.send!(await outcomeOf(dataDir)));
