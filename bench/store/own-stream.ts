/**
 * The apiserver's way to the store: `client/etcd`, which carries many calls a message on one stream. Compared with what a C
 * client reaches on etcd, which is strict, and with the same library on etcd, where it makes plain calls.
 */
import { methods } from '../../api/etcd.ts';
import type { EtcdClient } from '../../client/etcd/client.ts';
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { closedLoop } from './closed-loop.ts';
import { h2load } from './h2load.ts';
import { keyOf, putOf, rangeOf, valueOfSize } from './requests.ts';
import { compare, compareSamples } from './rounds.ts';
import { withServers } from './servers.ts';
import { comparisonRow, type Row, type Table } from './table.ts';
import type { Options } from './topic.ts';

const value = valueOfSize(256);
const inFlights = [1, 16, 64, 256];

const calls = {
  put: {
    path: methods.put.path,
    request: putOf(0, value),
    call: (client: EtcdClient) => client.put({ key: keyOf(0), value }),
  },
  range: {
    path: methods.range.path,
    request: rangeOf(0),
    call: (client: EtcdClient) => client.range({ key: keyOf(0) }),
  },
};
type Call = (typeof calls)['put'] | (typeof calls)['range'];

async function throughLibrary(server: EtcdServer, inFlight: number, durationMs: number, { call }: Call) {
  const client = server.client();
  try {
    // The first call connects and learns what the server can do.
    await client.put({ key: keyOf(0), value });
    return { rate: await closedLoop({ inFlight, durationMs }, () => call(client)) };
  } finally {
    client.close();
  }
}

export const ownStream = ({ rounds, sampleMs, quick }: Options): Promise<Table> =>
  withServers(async (servers) => {
    const rows: Row[] = [];
    const chosen = quick ? (['put'] as const) : (['put', 'range'] as const);
    for (const name of chosen) {
      const { path, request } = calls[name];
      for (const inFlight of inFlights) {
        const { endpoint } = servers.etcd;
        const ours = () => throughLibrary(servers.ours, inFlight, sampleMs, calls[name]);
        const plain = () => h2load({ endpoint, path, request, inFlight, durationMs: sampleMs });
        const { rate } = await compareSamples(rounds, ours, plain);
        const atLeast = name === 'put' && inFlight === 64 ? 2 : undefined;
        rows.push(comparisonRow(`${name}s, ${inFlight} in flight, etcd by h2load`, rate, 0, atLeast));
        const same = (server: EtcdServer) => throughLibrary(server, inFlight, sampleMs, calls[name]);
        const { rate: bySame } = await compare(servers, rounds, same);
        rows.push(comparisonRow(`${name}s, ${inFlight} in flight, both by client/etcd`, bySame, 0));
      }
    }
    return { title: 'The own stream', note: 'calls a second, 256 B; the store always by client/etcd', rows };
  });
