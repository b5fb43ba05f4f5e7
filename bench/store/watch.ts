/** What watchers wait for: one watcher's latency, and fifty that all get everything. */
import { methods } from '../../api/etcd.ts';
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { percentile } from '../statistics.ts';
import { comparisonRow, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { closedLoop, type Loop } from './closed-loop.ts';
import { putRevision, revisionOf } from './fill.ts';
import { Http2Client } from './http2-client.ts';
import { putOf, valueOfSize } from './requests.ts';
import { compare } from './rounds.ts';
import { withServers } from './servers.ts';
import { Watchers } from './watchers.ts';

interface Shape {
  watchers: number;
  connections: number;
  inFlight: number;
}

const keys = 1000;

/** Puts and watches; every put is an event for every watcher. */
async function sample(server: EtcdServer, shape: Shape, loop: Omit<Loop, 'inFlight'>) {
  const { path } = methods.put;
  const value = valueOfSize(256);
  const watchers = await Watchers.open(server.endpoint, shape.watchers, shape.connections);
  const client = await Http2Client.connect(server.endpoint);
  try {
    const base = await revisionOf(server);
    watchers.expectAfter(base);
    const sentAt: number[] = [];
    const start = performance.now();
    await closedLoop({ inFlight: shape.inFlight, ...loop }, async (i) => {
      const sent = performance.now();
      sentAt[putRevision(await client.call(path, putOf(i % keys, value))) - base - 1] = sent;
    });
    await watchers.received(sentAt.length);
    const seconds = (performance.now() - start) / 1000;
    const latencies = sentAt.map((sent, i) => watchers.completedAt(base + 1 + i) - sent);
    return {
      rate: (sentAt.length * shape.watchers) / seconds,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
    };
  } finally {
    client.close();
    watchers.close();
  }
}

export const watchLatency = ({ rounds, sampleMs }: Options): Promise<Table> =>
  withServers(async (servers) => {
    const shape = { watchers: 1, connections: 1, inFlight: 1 };
    const { p50, p99 } = await compare(servers, rounds, (server) => sample(server, shape, { durationMs: sampleMs }));
    return {
      title: 'Watch latency',
      note: 'milliseconds from sending a put to its event, one put at a time: lower is better',
      rows: [comparisonRow('p50', p50, 2), comparisonRow('p99', p99, 2)],
    };
  });

export const fanOut = ({ rounds, sampleMs }: Options): Promise<Table> =>
  withServers(async (servers) => {
    const shape = { watchers: 50, connections: 5, inFlight: 16 };
    const busy = await compare(servers, rounds, (server) => sample(server, shape, { durationMs: sampleMs }));
    const calm = { ...shape, inFlight: 1 };
    const single = await compare(servers, rounds, (server) => sample(server, calm, { durationMs: sampleMs }));
    return {
      title: 'Fan-out to 50 watchers',
      note: 'each watcher on a stream of its own; ms from sending a put until the last one has its event: lower is better',
      rows: [
        comparisonRow('events a second, 16 puts in flight', busy.rate, 0, 1.5),
        comparisonRow('last event p50 ms, 16 in flight', busy.p50, 2),
        comparisonRow('last event p99 ms, 16 in flight', busy.p99, 2),
        comparisonRow('last event p50 ms, 1 in flight', single.p50, 2),
        comparisonRow('last event p99 ms, 1 in flight', single.p99, 2),
      ],
    };
  });
