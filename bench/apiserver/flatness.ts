/** An API server with 50,000 pods beside another one with 1,000: what a client does to a few of them costs the same. */
import { compareSamples } from '../rounds.ts';
import { comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { pod } from './payload.ts';
import { secondsOf } from './requests.ts';
import { fillPods, firstPod, type Ours, podsIn, removeAll, startOurs } from './servers.ts';
import { type Load, wrk } from './wrk.ts';

const few = 1000;
const many = 50_000;
const connections = 32;
const body = JSON.stringify(pod('{n}', '{i}'));

const loads: Record<string, (ours: Ours, round: number) => Load> = {
  get: ({ url }) => ({ url: `${url}${podsIn('some')}/first`, connections }),
  'list of 100 in their namespace': ({ url }) => ({ url: `${url}${podsIn('some')}`, connections }),
  'list of 100 by label': ({ url }) => ({ url: `${url}${podsIn('some')}?labelSelector=tier%3Dfront`, connections }),
  create: ({ url }, round) => ({
    url: `${url}${podsIn('some-more')}`,
    method: 'POST',
    body,
    prefix: `r${round}-${Math.random().toString(36).slice(2, 7)}-`,
    connections,
  }),
  update: ({ url }) => ({
    url: `${url}${podsIn('some')}/{n}`,
    method: 'PUT',
    body,
    prefix: 'pod-',
    names: 99,
    connections,
  }),
};

/** Requests a second on both. */
export async function flatness(options: Options): Promise<Table> {
  try {
    const long = await filled(0, many);
    const short = await filled(1, few);
    const rows: Row[] = [];
    for (const [what, load] of Object.entries(loads)) {
      let round = 0;
      const sample = async (ours: Ours): Promise<Record<'rate', number>> => {
        const { rate } = await wrk(load(ours, round++), secondsOf(options));
        return { rate };
      };
      const { rate } = await compareSamples(
        options.rounds,
        () => sample(long),
        () => sample(short),
      );
      rows.push(comparisonRow(what, rate, 0, 0.8));
    }
    return {
      title: 'Flatness',
      note: `requests a second, ${connections} connections: an API server with 50,000 pods beside another with 1,000`,
      columns: ['50,000', '1,000'],
      rows,
    };
  } finally {
    await removeAll();
  }
}

async function filled(offset: number, count: number): Promise<Ours> {
  const ours = await startOurs(offset);
  for (const [namespace, share] of [
    ['many', count - 100],
    ['some', 99],
    ['some-more', 0],
  ] as const) {
    await firstPod(ours, namespace);
    if (share > 0) await fillPods(ours, namespace, 'pod-', share);
  }
  return ours;
}
