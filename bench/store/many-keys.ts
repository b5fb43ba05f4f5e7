/** Puts and ranges that go over many keys, which h2load cannot do: driven by the client in `http2-client.ts`. */
import { methods } from '../../api/etcd.ts';
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { comparisonRow, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { closedLoop } from './closed-loop.ts';
import { fill } from './fill.ts';
import { Http2Client } from './http2-client.ts';
import { putOf, rangeOf, valueOfSize } from './requests.ts';
import { compare } from './rounds.ts';
import { withServers } from './servers.ts';

const keys = 10_000;
const inFlight = 64;
const value = valueOfSize(256);

const calls = {
  put: { path: methods.put.path, request: (i: number) => putOf(i, value) },
  range: { path: methods.range.path, request: rangeOf },
};

async function sample(server: EtcdServer, durationMs: number, { path, request }: (typeof calls)['put']) {
  const client = await Http2Client.connect(server.endpoint);
  try {
    const call = (i: number): Promise<unknown> => client.call(path, request((i * 7919) % keys));
    return { rate: await closedLoop({ inFlight, durationMs }, call) };
  } finally {
    client.close();
  }
}

export const manyKeys = ({ rounds, sampleMs }: Options): Promise<Table> =>
  withServers(async (servers) => {
    await fill(servers.ours, { keys, value });
    await fill(servers.etcd, { keys, value });
    const puts = await compare(servers, rounds, (server) => sample(server, sampleMs, calls.put));
    const ranges = await compare(servers, rounds, (server) => sample(server, sampleMs, calls.range));
    return {
      title: `Over ${keys.toLocaleString('en')} keys`,
      note: `calls a second, 256 B, ${inFlight} in flight; a client in JavaScript, so rates are lower than h2load's`,
      rows: [comparisonRow('puts', puts.rate, 0, 1), comparisonRow('ranges', ranges.rate, 0, 1.5)],
    };
  });
