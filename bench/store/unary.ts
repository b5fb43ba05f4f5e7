/** Unary calls, driven by h2load: the same request over and over, so one key. */
import { methods, PutResponse, RangeResponse, TxnResponse } from '../../api/etcd.ts';
import type { EtcdServer } from '../../test/harness/etcd.ts';
import { comparisonRow, type Row, type Table } from '../table.ts';
import type { Options } from '../topic.ts';
import { revisionOf } from './fill.ts';
import { h2load } from './h2load.ts';
import { Http2Client } from './http2-client.ts';
import { guardedPutOf, putOf, rangeOf, valueOfSize } from './requests.ts';
import { compare } from './rounds.ts';
import { type Servers, withServers } from './servers.ts';

interface Case {
  what: string;
  valueBytes: number;
  inFlight: number;
  atLeast?: number | undefined;
}

interface Call {
  path: string;
  request: Buffer;
  writes: boolean;
  /** Throws when the answer is not what the request should get. */
  check(answer: Buffer): void;
}

const note = 'calls a second; h2load, one connection, one key, medians of alternating rounds';
const sizesOf = ({ quick }: Options): number[] => (quick ? [256] : [256, 2048]);

const casesOf = (options: Options, inFlights: number[], aims: Record<number, number>): Case[] =>
  sizesOf(options).flatMap((valueBytes) =>
    inFlights.map((inFlight) => ({
      what: `${valueBytes} B, ${inFlight} in flight`,
      valueBytes,
      inFlight,
      atLeast: aims[inFlight],
    })),
  );

export const put = (options: Options): Promise<Table> =>
  measure('Puts', options, casesOf(options, [1, 16, 64, 256], { 1: 1, 64: 1 }), (value) => ({
    path: methods.put.path,
    request: putOf(0, value),
    writes: true,
    check: (answer) => expectThat(PutResponse.decode(answer).header!.revision > 0),
  }));

export const range = (options: Options): Promise<Table> =>
  measure('Ranges', options, casesOf(options, [1, 16, 64, 256], { 1: 1.5, 16: 1.5, 64: 1.5, 256: 1.5 }), (value) => ({
    path: methods.range.path,
    request: rangeOf(0),
    writes: false,
    check: (answer) => expectThat(RangeResponse.decode(answer).kvs[0]!.value.equals(value)),
  }));

export const txn = (options: Options): Promise<Table> =>
  measure('Transactions', options, casesOf(options, [1, 64], { 1: 1.5, 64: 1.5 }), (value) => ({
    path: methods.txn.path,
    request: guardedPutOf(0, value),
    writes: true,
    check: (answer) => expectThat(TxnResponse.decode(answer).succeeded),
  }));

function measure(title: string, options: Options, cases: Case[], callOf: (value: Buffer) => Call): Promise<Table> {
  return withServers(async (servers) => {
    const rows: Row[] = [];
    for (const one of cases) rows.push(await measureCase(servers, options, one, callOf(valueOfSize(one.valueBytes))));
    return { title, note, rows };
  });
}

async function measureCase(servers: Servers, { rounds, sampleMs }: Options, one: Case, call: Call): Promise<Row> {
  for (const server of [servers.ours, servers.etcd]) await prepare(server, one, call);
  const { path, request } = call;
  const { rate } = await compare(servers, rounds, async (server) => {
    const before = await revisionOf(server);
    const { endpoint } = server;
    const figures = await h2load({ endpoint, path, request, inFlight: one.inFlight, durationMs: sampleMs });
    const written = (await revisionOf(server)) - before;
    if (call.writes && written < (figures.rate * sampleMs) / 1000) throw new Error(`${path}: answers without a write`);
    return figures;
  });
  return comparisonRow(one.what, rate, 0, one.atLeast);
}

/** Makes the key and checks that the call does what it is measured for. */
async function prepare({ endpoint }: EtcdServer, { valueBytes }: Case, call: Call): Promise<void> {
  const client = await Http2Client.connect(endpoint);
  try {
    await client.call(methods.put.path, putOf(0, valueOfSize(valueBytes)));
    call.check(await client.call(call.path, call.request));
  } finally {
    client.close();
  }
}

function expectThat(holds: boolean): void {
  if (!holds) throw new Error('the server did not do what is to be measured');
}
