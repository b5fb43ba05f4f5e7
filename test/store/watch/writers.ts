/**
 * Concurrent writers that remember what they changed, so that watchers can be compared with it.
 *
 * Each successful write has a revision of its own, so what was acknowledged is a list of changes by revision. A write whose
 * connection broke may have happened or not.
 */
import { isDeepStrictEqual } from 'node:util';
import type { EtcdClient } from '../../../client/etcd/client.ts';
import { eventually } from '../../harness/eventually.ts';
import { type Random, randomFrom } from '../../harness/random.ts';

/** A change as a text that is easy to compare: `key=value`, or `key` for a deletion. */
export type Change = string;

export interface Written {
  acknowledged: Map<number, Change[]>;
  /** Without an answer. */
  unknown: Change[][];
}

export interface WriteOptions {
  clients: EtcdClient[];
  /** Writes of each client. */
  writes: number;
  seed: number;
  /** Called after each write. */
  afterWrite?: (revision: number) => unknown;
}

const prefix = 'w/';
export const allKeys = { key: prefix, rangeEnd: 'w0' };
/** The last write changes this key, so that a watcher of everything knows when it is done. */
export const endKey = `${prefix}end`;

/** Each client writes one after the other, all of them at once; `end` is written last. */
export async function writeConcurrently({ clients, writes, seed, afterWrite }: WriteOptions): Promise<Written> {
  const written: Written = { acknowledged: new Map(), unknown: [] };
  const record = async (client: EtcdClient, attempt: Attempt): Promise<boolean> => {
    const result = await attempt.run().catch(() => undefined);
    if (!result) {
      written.unknown.push(attempt.wanted);
      await eventually('the server is back', () => client.status(), { everyMs: 20 });
      return false;
    }
    if (result.changes.length > 0) written.acknowledged.set(result.revision, result.changes);
    await afterWrite?.(result.revision);
    return true;
  };
  await Promise.all(
    clients.map(async (client, i) => {
      const random = randomFrom(seed + i);
      for (let n = 0; n < writes; n++) await record(client, nextAttempt(client, random, `${i}.${n}`));
    }),
  );
  while (!(await record(clients[0]!, put(clients[0]!, endKey, 'end'))));
  return written;
}

interface Attempt {
  /** All that it may change. */
  wanted: Change[];
  run(): Promise<{ revision: number; changes: Change[] }>;
}

function nextAttempt(client: EtcdClient, random: Random, value: string): Attempt {
  const key = (): string => `${prefix}${random(12)}`;
  const kind = random(10);
  if (kind < 5) return put(client, key(), value);
  return kind < 7 ? remove(client, key()) : txn(client, key(), key(), value);
}

const put = (client: EtcdClient, key: string, value: string): Attempt => ({
  wanted: [`${key}=${value}`],
  run: async () => ({ revision: (await client.put({ key, value })).header!.revision, changes: [`${key}=${value}`] }),
});

const remove = (client: EtcdClient, key: string): Attempt => ({
  wanted: [key],
  async run() {
    const { header, deleted } = await client.deleteRange({ key });
    return { revision: header!.revision, changes: deleted > 0 ? [key] : [] };
  },
});

/** Two puts, and a deletion between them. */
function txn(client: EtcdClient, key: string, deleted: string, value: string): Attempt {
  const first = `${key}/first`;
  const last = `${key}/last`;
  return {
    wanted: [`${first}=${value}`, deleted, `${last}=${value}`],
    async run() {
      const { header, responses } = await client.txn({
        success: [
          { requestPut: { key: first, value } },
          { requestDeleteRange: { key: deleted } },
          { requestPut: { key: last, value } },
        ],
      });
      const gone = responses[1]!.responseDeleteRange!.deleted > 0;
      return {
        revision: header!.revision,
        changes: [`${first}=${value}`, ...(gone ? [deleted] : []), `${last}=${value}`],
      };
    },
  };
}

/** Whether an unknown write may have had this effect: all of it, but for deletions of what was not there. */
export const mayHaveChanged = ({ unknown }: Written, changes: Change[]): boolean =>
  unknown.some((wanted) =>
    isDeepStrictEqual(
      wanted.filter((change) => change.includes('=') || changes.includes(change)),
      changes,
    ),
  );
