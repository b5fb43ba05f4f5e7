/** Resident memory with many pods and many watchers. The floor keeps the same pods' bytes, and the same connections. */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/harness/eventually.ts';
import type { Row, Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { fillPods, firstPod, podsIn, residentMB, setPayload, type Target, withServers } from './servers.ts';
import { drain } from './wrk.ts';

const pods = 10_000;
const watchers = 1000;

/** Empty, with the pods, and with the watchers as well. */
export async function memory(_options: Options): Promise<Table> {
  return withServers(async ({ ours, floor }) => {
    const row = async (what: string): Promise<Row> => {
      await settle();
      return megabytes(what, residentMB(ours), residentMB(floor));
    };
    await setPayload(floor, 'pod', await firstPod(ours, 'bench'));
    const empty = await row('empty');
    await fillPods(ours, 'bench', 'pod-', pods);
    await floor.ask('POST', `/keep/${pods}`, '{}');
    const filled = await row('with 10,000 pods');
    // The server's own steps watch pods as well.
    const own = await registered(ours, 'Pod');
    const readers = [
      drain({
        url: `${ours.url}${podsIn('bench')}?watch=true&resourceVersion=${await newest(ours)}`,
        connections: watchers,
      }),
      drain({ url: `${floor.url}/watch`, connections: watchers }),
    ];
    await eventually('everyone watches', async () => (await registered(ours, 'Pod')) === own + watchers, {
      timeoutMs: 30_000,
    });
    const watched = await row('with 1,000 watchers as well');
    await Promise.all(readers.map((reader) => reader.stop()));
    return { title: 'Memory', note: 'resident set size in MB: lower is better', rows: [empty, filled, watched] };
  });
}

const megabytes = (what: string, ours: number, floor: number): Row => ({
  what,
  ours: ours.toFixed(0),
  peer: floor.toFixed(0),
  ratio: ours / floor,
});

/** What was needed for a moment only is given back within a while. */
const settle = (): Promise<void> => sleep(3000);

async function newest({ ask }: Target): Promise<string> {
  const list = await ask('GET', `${podsIn('bench')}?limit=1`);
  return (JSON.parse(list) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** How many watch a kind. */
export async function registered({ ask }: Target, kind: string): Promise<number> {
  const text = await ask('GET', '/metrics');
  return Number(new RegExp(`apiserver_registered_watchers\\{[^}]*kind="${kind}"\\} (\\d+)`).exec(text)?.[1]);
}
