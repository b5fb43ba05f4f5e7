/**
 * Messages that no client library writes, as raw bytes to our store and to real etcd: members of a oneof twice, fields in any
 * order and of the wrong type, what is cut off. Both must answer alike; the texts of what cannot be decoded may differ.
 */
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeyValue, type Method, methods, PutRequest, RangeRequest, TxnRequest } from '../../api/etcd.ts';
import { type EtcdServer, startEtcd, startStore } from '../harness/etcd.ts';
import { patienceMs } from '../harness/eventually.ts';
import { isPresent } from '../harness/run.ts';

const etcdPresent = isPresent('etcd', '--version');
if (!etcdPresent) console.log('skipped: etcd is not installed (Debian: etcd-server)');

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const unhex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** A field of bytes: tag, length, value. */
const field = (number: number, value: string): string => hex(Buffer.from([number * 8 + 2, value.length / 2])) + value;

const put = (key: string, value = ''): string => hex(PutRequest.encode({ key, value }));
const range = (key: string): string => hex(RangeRequest.encode({ key }));
const keyA = '61';

/** A txn that compares key `a` (version 1, value `one`) for equality with what `operands` say of `target`. */
const compare = (target: string, operands: string): string =>
  field(1, `0800 ${target} ${field(3, keyA)} ${operands}`.replaceAll(' ', ''));
const txnOf = (...operations: string[]): string => field(2, operations.join(''));

/** Txns in one another. */
function nestedTxns(depth: number): string {
  let bytes = TxnRequest.encode({});
  for (let i = 0; i < depth; i++) bytes = TxnRequest.encode({ success: [{ requestTxn: bytes }] });
  return hex(bytes);
}

const table: [string, Method<unknown, unknown>, string][] = [
  ['operation: a range, then a put', methods.txn, txnOf(field(1, range('a')), field(2, put('b', '1')))],
  ['operation: a put, then a range', methods.txn, txnOf(field(2, put('b', '2')), field(1, range('a')))],
  ['operation: two ranges', methods.txn, txnOf(field(1, range('a')), field(1, range('b')))],
  ['operation: a txn, then a deletion', methods.txn, txnOf(field(4, ''), field(3, field(1, '62')))],
  ['operation: a put, then an empty range', methods.txn, txnOf(field(2, put('c', '1')), field(1, ''))],
  ['operation: of an unknown member', methods.txn, txnOf(field(9, ''))],
  ['comparison: the operand of its target', methods.txn, compare('1000', '2001')],
  ['comparison: that of another target after it', methods.txn, compare('1000', '20013005')],
  ['comparison: that of another target before it', methods.txn, compare('1000', '30052001')],
  ['comparison: zero of another target after it', methods.txn, compare('1000', '20013000')],
  ['comparison: a value, then a version', methods.txn, compare('1003', `${field(7, hex(Buffer.from('one')))}2001`)],
  ['comparison: a version, then a value', methods.txn, compare('1003', `2001${field(7, hex(Buffer.from('one')))}`)],
  ['comparison: an operand twice', methods.txn, compare('1000', '20052001')],
  ['comparison: no operand', methods.txn, compare('1000', '')],
  ['a field twice: the last counts', methods.put, `${put('x', '1')}${put('a', '2')}`],
  ['127 txns in one another', methods.txn, nestedTxns(127)],
  ['140 txns in one another', methods.txn, nestedTxns(140)],
  ['fields backwards', methods.put, `${field(2, '31')}${field(1, '6f6f')}`],
  ['unknown fields', methods.range, `${range('a')} a006 01 aa06 0161 ad06 01020304 a106 0102030405060708`],
  ['an unknown group', methods.range, `${range('a')} a306 0801 a406`],
  ['a number with needless bytes', methods.range, `${range('a')} 18 81808000`],
  ['a negative limit', methods.range, `${range('a')} 18 feffffffffffffffff01`],
  ['a bool of 2', methods.range, `${range('a')} 4802`],
  ['keys that are not UTF-8', methods.put, `${field(1, 'fffe')}${field(2, 'c328')}`],
  ['no bytes at all', methods.put, ''],
  ['a key as a number', methods.put, '0805'],
  ['a number as bytes', methods.range, `${range('a')} 1a0161`],
  ['a message as a number', methods.txn, '0801'],
  ['a field number of zero', methods.range, '0205'],
  ['a tag alone', methods.range, '0a'],
  ['a length beyond the end', methods.range, '0a0561'],
  ['a length of 4 GiB', methods.range, '0affffffff0f61'],
  ['a negative length', methods.range, '0affffffffffffffffff01'],
  ['a nested message that is longer than its own', methods.txn, '0a020a05'],
  ['a number without an end', methods.range, `18${'ff'.repeat(11)}`],
  ['a group without an end', methods.range, 'a3060801'],
  ['the end of a group that did not begin', methods.range, 'a406'],
  ['wire type 7', methods.range, '0f'],
  ['another message', methods.txn, hex(KeyValue.encode({ key: 'a', value: 'b', version: 1 }))],
  ['everything as it was', methods.range, `${field(1, '00')}${field(2, '00')}`],
];

interface Outcome {
  code: number;
  response?: string;
  details?: string;
}

function ask(client: Client, { path, response }: Method<unknown, unknown>, bytes: Buffer): Promise<Outcome> {
  const asIs = (message: Buffer): Buffer => message;
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, bytes, { deadline: Date.now() + patienceMs }, (error, answer) => {
      if (!error) resolve({ code: 0, response: show(response.decode(answer!)) });
      else
        resolve({
          code: error.code,
          details: error.details.replace(
            /(error unmarshalling request:|failed to unmarshal the received message).*/,
            '$1',
          ),
        });
    });
  });
}

/** Without what names the server. */
const show = (answer: unknown): string =>
  JSON.stringify(answer, (name, value) => {
    if (['clusterId', 'memberId', 'raftTerm'].includes(name)) return undefined;
    return typeof value === 'bigint' ? String(value) : value;
  });

/** What a watch stream answers first to each of these requests. */
function watchAnswers(client: Client, requests: string[], count: number): Promise<Outcome[]> {
  const { path, response } = methods.watch;
  const asIs = (message: Buffer): Buffer => message;
  const stream = client.makeBidiStreamRequest(path, asIs, asIs);
  const outcomes: Outcome[] = [];
  return new Promise((resolve) => {
    stream.on('data', (bytes: Buffer) => {
      outcomes.push({ code: 0, response: show(response.decode(bytes)) });
      if (outcomes.length === count) resolve(outcomes);
    });
    stream.on('error', ({ code, details }: Error & { code: number; details: string }) => {
      resolve([
        ...outcomes,
        {
          code,
          details: details.replace(/(error unmarshalling request:|failed to unmarshal the received message).*/, '$1'),
        },
      ]);
    });
    for (const request of requests) stream.write(unhex(request));
  }).finally(() => stream.cancel()) as Promise<Outcome[]>;
}

describe.skipIf(!etcdPresent)('raw messages', () => {
  let servers: EtcdServer[] = [];
  let clients: Client[] = [];

  beforeAll(async () => {
    servers = await Promise.all([startStore({ url: 'http://127.0.0.1:24930' }), startEtcd(24932)]);
    clients = servers.map(({ endpoint }) => new Client(endpoint.replace('http://', ''), credentials.createInsecure()));
    const seed = [PutRequest.encode({ key: 'a', value: 'one' }), PutRequest.encode({ key: 'b', value: 'two' })];
    for (const client of clients) for (const bytes of seed) await ask(client, methods.put as never, Buffer.from(bytes));
  });
  afterAll(async () => {
    for (const client of clients) client.close();
    await Promise.all(servers.map((server) => server.remove()));
  });

  // In order: later rows read what earlier ones wrote.
  test.each(table)('%s', async (_, method, bytes) => {
    const [ours, theirs] = await Promise.all(clients.map((client) => ask(client, method, unhex(bytes))));
    expect(ours).toEqual(theirs);
  });

  const create = field(1, field(1, keyA));
  test.each<[string, string[], number]>([
    ['a creation, then a cancellation', [`${create}${field(2, '0805')}`, create], 1],
    ['a cancellation, then a creation', [`${field(2, '0805')}${create}`], 1],
    ['a cancellation of a watch that is there', [create, field(2, '')], 2],
    ['nothing, then a creation', ['', create], 1],
    ['a creation of the wrong type', ['0801'], 1],
    ['a creation that is cut off', ['0a05'], 1],
  ])('watch: %s', async (_, requests, count) => {
    const [ours, theirs] = await Promise.all(clients.map((client) => watchAnswers(client, requests, count)));
    expect(ours).toEqual(theirs);
  });

  test('a txn with everything in it is read by both as it was meant', async () => {
    const bytes = TxnRequest.encode({
      compare: [{ key: 'a', target: 'VALUE', result: 'NOT_EQUAL', value: 'none' }],
      success: [{ requestTxn: { success: [{ requestRange: { key: 'a' } }] } }],
    });
    const [ours, theirs] = await Promise.all(clients.map((client) => ask(client, methods.txn as never, bytes)));
    expect(ours).toEqual(theirs);
    expect(ours!.code).toBe(0);
  });
});
