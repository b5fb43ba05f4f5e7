/**
 * The apiserver's way to the store: many calls a message on one stream (`api/store-exchange.ts`). Three comparisons:
 *
 * - h2load on both, so that one and the same C client is measured with: messages of N calls to us, N plain calls in flight
 *   to etcd. It makes a stream a message, which costs us more than the one long stream of the library.
 * - the library (`client/etcd`) to us, h2load to etcd: its cost in JavaScript is ours alone.
 * - the library on both, which is what an apiserver gets: to etcd it makes plain calls.
 */
import { type Method, methods } from '../../api/etcd.ts';
import { ExchangeRequest, exchangeMethod } from '../../api/store-exchange.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { compareSamples } from '../rounds.ts';
import { comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { closedLoop } from './closed-loop.ts';
import { revisionOf } from './fill.ts';
import { h2load } from './h2load.ts';
import { keyOf, putOf, rangeOf, valueOfSize } from './requests.ts';
import { compare } from './rounds.ts';
import { type Servers, withServers } from './servers.ts';

const value = valueOfSize(256);
const inFlights = [1, 16, 64, 256];
/** Where the aim holds, which is for puts. */
const aims: Record<number, number> = { 64: 2 };

interface Call {
  method: Method<unknown, unknown>;
  request: Buffer;
  writes: boolean;
  make(client: EtcdClient): Promise<unknown>;
}

const calls = {
  puts: {
    method: methods.put as Method<unknown, unknown>,
    request: putOf(0, value),
    writes: true,
    make: (client) => client.put({ key: keyOf(0), value }),
  },
  ranges: {
    method: methods.range as Method<unknown, unknown>,
    request: rangeOf(0),
    writes: false,
    make: (client) => client.range({ key: keyOf(0) }),
  },
} satisfies Record<string, Call>;

export const ownStream = ({ rounds, sampleMs, quick }: Options): Promise<Table> =>
  withServers(async (servers) => {
    const rows: Row[] = [];
    const chosen = quick ? (['puts'] as const) : (['puts', 'ranges'] as const);
    for (const name of chosen) {
      const call: Call = calls[name];
      for (const inFlight of inFlights) {
        const aim = call.writes ? aims[inFlight] : undefined;
        rows.push(...(await measure(servers, call, { name, inFlight, rounds, sampleMs, aim })));
      }
    }
    return { title: 'The own stream', note: 'calls a second, 256 B, one key, medians of alternating rounds', rows };
  });

interface Measurement {
  name: string;
  inFlight: number;
  rounds: number;
  sampleMs: number;
  aim: number | undefined;
}

async function measure(
  servers: Servers,
  call: Call,
  { name, inFlight, rounds, sampleMs, aim }: Measurement,
): Promise<Row[]> {
  const library = (server: EtcdServer) => throughLibrary(server, inFlight, sampleMs, call);
  const { endpoint } = servers.etcd;
  const plain = () =>
    h2load({ endpoint, path: call.method.path, request: call.request, inFlight, durationMs: sampleMs });
  const messages = () => throughMessages(servers.ours, inFlight, sampleMs, call);
  const what = `${name}, ${inFlight} in flight`;
  return [
    comparisonRow(`${what}, h2load on both`, (await compareSamples(rounds, messages, plain)).rate, 0, aim),
    comparisonRow(
      `${what}, client/etcd beside h2load`,
      (await compareSamples(rounds, () => library(servers.ours), plain)).rate,
      0,
    ),
    comparisonRow(`${what}, client/etcd on both`, (await compare(servers, rounds, library)).rate, 0),
  ];
}

async function throughLibrary(server: EtcdServer, inFlight: number, durationMs: number, { make }: Call) {
  const client = server.client();
  try {
    // The first call connects and learns what the server can do.
    await client.put({ key: keyOf(0), value });
    return { rate: await closedLoop({ inFlight, durationMs }, () => make(client)) };
  } finally {
    client.close();
  }
}

/** Up to 16 calls share a message, as when their callers do not all wait for the same moment. */
const callsAMessage = 16;

async function throughMessages(server: EtcdServer, inFlight: number, durationMs: number, call: Call) {
  const count = Math.min(inFlight, callsAMessage);
  const { method, request, writes } = call;
  const message = ExchangeRequest.encode({
    calls: Array.from({ length: count }, (_, i) => ({ id: i + 1, method: method.path, request })),
  });
  const before = await revisionOf(server);
  const { endpoint } = server;
  const load = { endpoint, path: exchangeMethod.path, request: message, inFlight: inFlight / count, durationMs };
  const rate = (await h2load(load)).rate * count;
  const written = (await revisionOf(server)) - before;
  if (writes && written < (rate * durationMs) / 1000) throw new Error('answers without a write');
  return { rate };
}
