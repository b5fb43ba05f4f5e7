/** Whether a put costs the same when there is much history: two of our stores in turns, one with little and one with a lot. */

import { comparisonRow, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { fill } from './fill.ts';
import { valueOfSize } from './requests.ts';
import { compare } from './rounds.ts';
import { removeAll, startOurs } from './servers.ts';

const keys = 10_000;
const value = valueOfSize(256);
const leastRatio = 0.8;

export async function flatness({ rounds, quick }: Options): Promise<Table> {
  const many = quick ? 100_000 : 1_000_000;
  try {
    const [long, short] = await Promise.all([startOurs(), startOurs(1)]);
    await fill(long, { keys, versions: many / keys, value });
    await fill(short, { keys, value });
    // Ten thousand puts at a time, so that the short history stays short.
    const sides = { ours: long, etcd: short };
    const { rate } = await compare(sides, rounds, async (server) => ({ rate: await fill(server, { keys, value }) }));
    const text = many.toLocaleString('en');
    return {
      title: 'Flatness',
      note: `puts a second, 256 B, 256 in flight: the store at ${text} revisions beside another that began with 10,000`,
      columns: [text, '10,000'],
      rows: [comparisonRow('puts', rate, 0, leastRatio)],
    };
  } finally {
    await removeAll();
  }
}
