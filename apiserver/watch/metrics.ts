/**
 * Figures of what watches send. An event may go to thousands of watchers, so they are counted in plain numbers and written out
 * when somebody asks.
 *
 * Upstream: apiserver/pkg/endpoints/metrics (watch_events_*), storage/cacher/metrics (terminated_watchers_total)
 */
import { Counter, Histogram } from 'prom-client';
import type { Frame } from '../cache/watch-cache.ts';
import type { Resource } from '../registry/resource.ts';

/** Upper bounds of the sizes: 1 KiB, 2 KiB, ..., 128 KiB. */
const bounds = Array.from({ length: 8 }, (_, i) => 1024 * 2 ** i);

/** What the watches of one resource have sent. */
export class WatchFigures {
  /** Events of each size; the last is of those beyond every bound. */
  readonly sizes = new Array<number>(bounds.length + 1).fill(0);
  bytes = 0;
  events = 0;
  /** Watchers that were cut off because they did not read. */
  terminated = 0;

  sent(frames: readonly Frame[]): void {
    for (const { line } of frames) {
      // 0 up to 1 KiB, 1 up to 2 KiB, ...
      const size = Math.max(0, 22 - Math.clz32(line.length - 1));
      this.sizes[Math.min(size, bounds.length)]! += 1;
      this.bytes += line.length;
    }
    this.events += frames.length;
  }
}

const all = new Map<string, { kind: Resource['kind']; figures: WatchFigures }>();

/** The figures of a resource's watches. */
export function watchFigures({ kind }: Resource): WatchFigures {
  const key = `${kind.group}/${kind.version}/${kind.kind}`;
  let found = all.get(key);
  if (!found) {
    found = { kind, figures: new WatchFigures() };
    all.set(key, found);
  }
  return found.figures;
}

const labelNames = ['group', 'version', 'kind'];
const labelsOf = ({ group, version, kind }: Resource['kind']) => ({ group, version, kind });

new Counter({
  name: 'apiserver_watch_events_total',
  help: 'Number of events sent in watch clients',
  labelNames,
  collect() {
    this.reset();
    for (const { kind, figures } of all.values()) this.inc(labelsOf(kind), figures.events);
  },
});

new Counter({
  name: 'apiserver_terminated_watchers_total',
  help: 'Counter of watchers closed due to unresponsiveness broken by resource type.',
  labelNames: ['group', 'resource'],
  collect() {
    this.reset();
    for (const { kind, figures } of all.values()) {
      this.inc({ group: kind.group, resource: kind.plural }, figures.terminated);
    }
  },
});

/** Its buckets are counted above. */
class WatchEventSizes extends Histogram<string> {
  /** What the registry asks for. */
  async getForPromString() {
    const values = [...all.values()].flatMap(({ kind, figures }) => bucketsOf(labelsOf(kind), figures));
    return { name: sizesName, help: sizesHelp, type: 'histogram', values };
  }
}

const sizesName = 'apiserver_watch_events_sizes';
const sizesHelp = 'Watch event size distribution in bytes';
new WatchEventSizes({
  name: sizesName,
  help: sizesHelp,
  labelNames,
  buckets: bounds,
});

function bucketsOf(labels: Record<string, string>, { sizes, bytes, events }: WatchFigures) {
  let count = 0;
  const buckets = [...bounds, '+Inf'].map((le, i) => {
    count += sizes[i]!;
    return { metricName: `${sizesName}_bucket`, labels: { ...labels, le }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${sizesName}_sum`, labels, value: bytes },
    { metricName: `${sizesName}_count`, labels, value: events },
  ];
}
