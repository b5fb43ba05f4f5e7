/** One request at a time: what a client that does nothing but get, list, create, update or apply achieves. */

import { type Comparison, compareSamples, warmUp } from '../rounds.ts';
import { comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { pod } from './payload.ts';
import { fillPods, firstPod, podsIn, setPayload, withServers } from './servers.ts';
import { type Load, type Measured, wrk } from './wrk.ts';

/** A load on us, and the same on the floor, made anew for each round. */
type Loads = (round: number) => { ours: Load; floor: Load };

export const secondsOf = ({ quick }: Options): number => (quick ? 1 : 2);
/** Alone, and as many as keep a server busy. */
const connectionsOf = ({ quick }: Options): number[] => (quick ? [32] : [1, 32]);

/** Compares them once both have had time to compile what they need. */
export async function measure(loads: Loads, options: Options): Promise<Record<keyof Measured, Comparison>> {
  let ours = 0;
  let floor = 0;
  const ask = () => wrk(loads(ours++).ours, secondsOf(options));
  const askFloor = () => wrk(loads(floor++).floor, secondsOf(options));
  await warmUp(async () => (await ask()).rate);
  await warmUp(async () => (await askFloor()).rate);
  return compareSamples(options.rounds, ask, askFloor);
}

/** Rate, median and 99th percentile of one kind of request. */
export function rowsOf(
  what: string,
  measured: Record<keyof Measured, Comparison>,
  atLeast?: number,
  digits = 0,
): Row[] {
  return [
    comparisonRow(`${what}: a second`, measured.rate, digits, atLeast),
    comparisonRow(`${what}: p50 ms`, measured.p50, 2),
    comparisonRow(`${what}: p99 ms`, measured.p99, 2),
  ];
}

const note = 'wrk, one thread, requests one after the other on each connection; medians of alternating rounds';

/** GET of one pod. */
export async function get(options: Options): Promise<Table> {
  return withServers(async ({ ours, floor }) => {
    await setPayload(floor, 'pod', await firstPod(ours, 'bench'));
    const rows: Row[] = [];
    for (const [query, says] of [
      ['', ''],
      ['?resourceVersion=0', ' from the cache'],
    ] as const) {
      for (const connections of connectionsOf(options)) {
        const loads: Loads = () => ({
          ours: { url: `${ours.url}${podsIn('bench')}/first${query}`, connections },
          floor: { url: `${floor.url}/pod`, connections },
        });
        const aim = connections === 32 ? 0.7 : undefined;
        rows.push(...rowsOf(`get${says}, ${connections} connections`, await measure(loads, options), aim));
      }
    }
    return { title: 'Get', note, rows };
  });
}

/** GET of all pods of a namespace. */
export async function list(options: Options): Promise<Table> {
  return withServers(async ({ ours, floor }) => {
    const rows: Row[] = [];
    for (const count of [500, 5000]) {
      const namespace = `of-${count}`;
      await firstPod(ours, namespace);
      await fillPods(ours, namespace, 'pod-', count - 1);
      await setPayload(floor, namespace, await ours.ask('GET', podsIn(namespace)));
      const loads: Loads = () => ({
        ours: { url: `${ours.url}${podsIn(namespace)}`, connections: 2 },
        floor: { url: `${floor.url}/${namespace}`, connections: 2 },
      });
      const aim = count === 5000 ? 1 / 1.5 : undefined;
      rows.push(
        ...rowsOf(`list of ${count.toLocaleString('en')}, 2 connections`, await measure(loads, options), aim, 1),
      );
    }
    return { title: 'List', note, rows };
  });
}

/** What a write sends, and where to. */
interface Write {
  method: string;
  path: string;
  type?: string;
  body: string;
  /** How many pods are written in turn; 0: each is a new one. */
  names: number;
}

const sent = JSON.stringify(pod('{n}', '{i}'));
const names = 1000;

async function writes(title: string, options: Options, write: Write, atLeast?: number): Promise<Table> {
  return withServers(async ({ ours, floor }) => {
    await setPayload(floor, 'pod', await firstPod(ours, 'bench'));
    if (write.names > 0) await fillPods(ours, 'bench', 'pod-', write.names);
    const { method, type, body } = write;
    const rows: Row[] = [];
    for (const connections of connectionsOf(options)) {
      const loads: Loads = (round) => {
        const prefix =
          write.names > 0 ? 'pod-' : `c${connections}-r${round}-${Math.random().toString(36).slice(2, 7)}-`;
        const common = { method, body, connections, prefix, names: write.names, ...(type && { type }) };
        return {
          ours: { ...common, url: `${ours.url}${podsIn('bench')}${write.path}` },
          floor: { ...common, url: `${floor.url}/pod` },
        };
      };
      const aim = connections === 32 ? atLeast : undefined;
      rows.push(...rowsOf(`${title.toLowerCase()}, ${connections} connections`, await measure(loads, options), aim));
    }
    return { title, note: `${note}; storage synced`, rows };
  });
}

export const create = (options: Options): Promise<Table> =>
  writes('Create', options, { method: 'POST', path: '', body: sent, names: 0 }, 0.35);

export const update = (options: Options): Promise<Table> =>
  writes('Update', options, { method: 'PUT', path: '/{n}', body: sent, names });

export const apply = (options: Options): Promise<Table> =>
  writes('Server-side apply', options, {
    method: 'PATCH',
    path: '/{n}?fieldManager=bench&force=true',
    type: 'application/apply-patch+yaml',
    body: sent,
    names,
  });
