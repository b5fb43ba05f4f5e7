/**
 * Many watchers of one kind. wrk holds them and reads what they get; ten more, half of which connect first and half last, note
 * when each event comes to them.
 *
 * - 100 writes a second, evenly spaced: how long after it was sent a write is with the watchers.
 * - As fast as four writers in a row can: how many events a second are delivered.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../test/harness/eventually.ts';
import { type Comparison, compareSamples } from '../rounds.ts';
import { percentile } from '../statistics.ts';
import { below, comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { registered } from './memory.ts';
import { SampleWatchers } from './sample-watchers.ts';
import { firstPod, type Servers, setPayload, type Target, withServers } from './servers.ts';
import { drain } from './wrk.ts';

type Figure = 'p50' | 'p99' | 'delivered';

/** One of the two sides: where to watch, how to write, and how many watch. */
interface Side {
  target: Target;
  path: string;
  eventBytes: number;
  write(i: string): Promise<unknown>;
  watching(): Promise<number>;
}

const names = 64;
const writesPerSecond = 100;
const writers = 4;

/** To 100 and to 1,000 watchers. */
export async function fanOut(options: Options): Promise<Table> {
  return withServers(async (servers) => {
    const sides = await prepare(servers);
    const rows: Row[] = [];
    for (const count of [100, 1000]) {
      const sample = (side: Side) => measureOnce(side, count, options);
      const rounds = options.quick ? 1 : 3;
      const result = await compareSamples(
        rounds,
        () => sample(sides.ours),
        () => sample(sides.floor),
      );
      rows.push(...rowsOf(count, result));
    }
    return {
      title: 'Watch fan-out',
      note: `milliseconds from sending a write to its event, at ${writesPerSecond} writes a second: lower is better`,
      rows,
    };
  });
}

function rowsOf(count: number, { p50, p99, delivered }: Record<Figure, Comparison>): Row[] {
  const watchers = `${count.toLocaleString('en')} watchers`;
  const last = comparisonRow(`${watchers}: delay p99 ms`, p99, 2);
  return [
    comparisonRow(`${watchers}: delay p50 ms`, p50, 2),
    count === 1000 ? { ...last, aim: below(p99.ours, 50, 'ms') } : last,
    comparisonRow(`${watchers}: events delivered a second, ${writers} writers`, delivered, 0),
  ];
}

/** ConfigMaps of a few hundred bytes, as Leases and EndpointSlices are, which change most often in a cluster. */
async function prepare({ ours, floor }: Servers): Promise<Record<'ours' | 'floor', Side>> {
  await firstPod(ours, 'bench');
  const path = '/api/v1/namespaces/bench/configmaps';
  const data = { settings: 'x'.repeat(300) };
  let text = '';
  for (let n = 0; n < names; n++) {
    text = await ours.ask('POST', path, JSON.stringify({ metadata: { name: `map-${n}`, labels: { i: '0' } }, data }));
  }
  const event = `{"type":"MODIFIED","object":${text.replace('"i":"0"', '"i":"{i}"')}}\n`;
  await setPayload(floor, 'event', event);
  let next = 0;
  return {
    ours: {
      target: ours,
      path: `${path}?watch=true&resourceVersion=`,
      eventBytes: event.length,
      write: (i) =>
        ours.ask(
          'PATCH',
          `${path}/map-${next++ % names}`,
          JSON.stringify({ metadata: { labels: { i } } }),
          'application/merge-patch+json',
        ),
      watching: () => registered(ours, 'ConfigMap'),
    },
    floor: {
      target: floor,
      path: '/watch?',
      eventBytes: event.length,
      write: (i) => floor.ask('POST', '/event', JSON.stringify({ i })),
      watching: async () => (JSON.parse(await floor.ask('GET', '/watching')) as { count: number }).count,
    },
  };
}

async function measureOnce(side: Side, count: number, options: Options): Promise<Record<Figure, number>> {
  const url = `${side.target.url}${side.path}${await versionOf(side)}`;
  const sampled = new SampleWatchers();
  await sampled.open(url, 5);
  const others = drain({ url, connections: count - 10 });
  let got = 0;
  try {
    await eventually('everyone watches', async () => (await side.watching()) === count - 5, { timeoutMs: 30_000 });
    await sampled.open(url, 5);
    const warmedUp = await flatOut(side, sampled, 'warm-up', 1);
    const delays = await paced(side, sampled, options.quick ? 3 : 10);
    const began = performance.now();
    const events = await flatOut(side, sampled, 'flat-out', options.quick ? 1 : 3);
    const seconds = (performance.now() - began) / 1000;
    got = await others.stop();
    const all = warmedUp + events + delays.length / 10;
    checkDelivered(got, count - 10, all, side);
    return { p50: percentile(delays, 0.5), p99: percentile(delays, 0.99), delivered: (events * count) / seconds };
  } finally {
    if (got === 0) await others.stop();
    sampled.close();
    await eventually('nobody watches', async () => (await side.watching()) === 0, { timeoutMs: 30_000 });
  }
}

async function versionOf({ target, path }: Side): Promise<string> {
  if (!path.includes('resourceVersion')) return '';
  const list = await target.ask('GET', `${path.split('?')[0]}?limit=1`);
  return (JSON.parse(list) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

/** Writes at an even pace; the delay of each event at each of the sampled watchers. */
async function paced(side: Side, sampled: SampleWatchers, seconds: number): Promise<number[]> {
  const delays: number[] = [];
  const sentAt = new Map<string, number>();
  const began = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let n = 0; n < seconds * writesPerSecond; n++) {
    const wait = began + (n * 1000) / writesPerSecond - performance.now();
    if (wait > 0) await sleep(wait);
    const i = `paced-${n}`;
    sentAt.set(i, performance.now());
    pending.push(side.write(i));
  }
  await Promise.all(pending);
  await sampled.received(`paced-${seconds * writesPerSecond - 1}`);
  for (const [i, at] of sentAt) {
    await sampled.received(i);
    for (const arrival of sampled.arrivalsOf(i)) delays.push(arrival - at);
  }
  return delays;
}

/** Writes as fast as some writers in a row can; returns how many, once the sampled watchers have them all. */
async function flatOut(side: Side, sampled: SampleWatchers, name: string, seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1000;
  let events = 0;
  const work = async (writer: number): Promise<void> => {
    for (let n = 0; performance.now() < until; n++) {
      const i = `${name}-${writer}-${n}`;
      await side.write(i);
      events += 1;
      if (performance.now() >= until) await sampled.received(i);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)));
  return events;
}

/** What wrk has read must have been every event to every watcher. */
function checkDelivered(bytes: number, watchers: number, events: number, { target, eventBytes }: Side): void {
  if (bytes < watchers * events * eventBytes * 0.95) {
    throw new Error(`${target.url}: ${watchers} watchers read ${bytes} bytes, too few for ${events} events`);
  }
}
