/**
 * Bad input of all kinds, from a seed: whatever comes, the answer is a Status, nothing that is refused is written, no request
 * ends the process, and when all is over its memory is back where it was.
 *
 * `FUZZ_REQUESTS=100000` sends more, `SEED=n` repeats a run.
 */
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type KeyValue, prefixEnd } from '../api/etcd.ts';
import { pathOfGroupVersion } from '../api/kind.ts';
import { allKinds } from '../api/kinds/all.ts';
import { namespaces } from '../api/kinds/namespaces.ts';
import type { EtcdClient } from '../client/etcd/client.ts';
import { ApiServer } from './harness/apiserver.ts';
import { type EtcdServer, startStore } from './harness/etcd.ts';
import { eventually } from './harness/eventually.ts';
import { type FuzzRequest, namespace, nextRequest } from './harness/fuzz/requests.ts';
import { heapAfterCollection } from './harness/inspector.ts';
import { newSeed, randomFrom } from './harness/random.ts';

const requests = Number(process.env['FUZZ_REQUESTS'] ?? 5000);
/** Sent before memory is looked at: they fill what is kept once. */
const warmUp = 1500;
const storedKinds = allKinds.filter(({ unstored }) => !unstored);
const collections = storedKinds.map(
  (kind) => `/${pathOfGroupVersion(kind)}/${kind.namespaced ? `namespaces/${namespace}/` : ''}${kind.plural}`,
);

let store: EtcdServer;
let etcd: EtcdClient;
let server: ApiServer;
let agent: Agent;

beforeAll(async () => {
  store = await startStore();
  etcd = store.client();
  server = await ApiServer.start(store.endpoint, 25510);
  agent = new Agent({ keepAlive: true, maxSockets: 1, ...identity() });
  const client = server.client();
  await client.of(namespaces).create({ metadata: { name: namespace } });
  client.close();
});

afterAll(async () => {
  agent?.destroy();
  etcd?.close();
  await server?.remove();
  await store?.remove();
});

function identity() {
  const [ca, cert, key] = ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFileSync(server.pki(file)));
  return { ca, cert, key };
}

interface FuzzAnswer {
  status: number;
  type: string;
  text: string;
}

function send({ method, path, headers, body }: FuzzRequest): Promise<FuzzAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(`${server.url}${path}`, { agent, method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      const done = (): void => {
        const bytes = Buffer.concat(chunks);
        const zipped = bytes.length > 0 && answer.headers['content-encoding'] === 'gzip';
        const text = (zipped ? gunzipSync(bytes) : bytes).toString();
        resolve({ status: answer.statusCode!, type: answer.headers['content-type'] ?? '', text });
      };
      // A watch goes on for as long as somebody reads it.
      if (answer.statusCode === 200 && /[?&]watch=/.test(path) && !answer.headers['content-length']) {
        answer.destroy();
        done();
        return;
      }
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', done).once('error', reject);
    });
    sent.once('error', reject).end(body);
  });
}

interface Stored {
  revision: number;
  /** How many keys there are. */
  count: number;
}

async function stored(): Promise<Stored> {
  const { header, count } = await etcd.range({ key: prefix, rangeEnd: prefixEnd(prefix), limit: 1, keysOnly: true });
  return { revision: header!.revision, count };
}

const prefix = '/registry/';
/** What the server reports on of its own account: which definitions it serves, which flow schemas have a level, which policies have
 * expressions that do not fit. */
const reported = [
  '/registry/apiextensions.k8s.io/',
  '/registry/flowschemas/',
  '/registry/validatingadmissionpolicies/',
];
/** Also its own: what makes the progress of its caches, and the set of its resources, known to other servers. */
const ownKeys = ['/registry/watch-progress', '/registry/ranges/customresourcedefinitions'];
/** Made for the group version of the fuzzer's definitions. */
const automanaged = '/registry/apiservices/v1.example.com';
const isOwn = ({ key, createRevision, modRevision }: KeyValue): boolean =>
  ownKeys.includes(key.toString()) ||
  key.toString() === automanaged ||
  (createRevision !== modRevision && reported.some((prefix) => key.toString().startsWith(prefix)));

/** The keys that were written between the two, and how many were removed. */
async function changes(before: Stored, now: Stored): Promise<string[]> {
  if (now.revision === before.revision) return [];
  const { kvs } = await etcd.range({
    key: prefix,
    rangeEnd: prefixEnd(prefix),
    minModRevision: before.revision + 1,
    keysOnly: true,
  });
  const written = kvs.filter((kv) => !isOwn(kv)).map(({ key }) => key.toString());
  const made = kvs.filter(({ createRevision, modRevision }) => createRevision === modRevision).length;
  const removed = before.count + made - now.count;
  return removed > 0 ? [...written, `${removed} removed`] : written;
}

const isProbe = (path: string): boolean => /^\/(livez|readyz|healthz)/.test(path);

/** Kubernetes' own answer where a webhook cannot be asked; the fuzzer's never can. */
const noWebhook = /"message":"Internal error occurred: failed calling webhook /;

/** What is wrong with the answer; undefined when nothing is. */
function wrongWith({ method, path }: FuzzRequest, { status, type, text }: FuzzAnswer): string | undefined {
  if (status >= 500 && status !== 504 && !noWebhook.test(text)) return `a ${status}: ${text}`;
  if (status < 400 || method === 'HEAD' || isProbe(path)) return undefined;
  if (!type.startsWith('application/json')) return `a ${status} of type ${type}`;
  const answer = JSON.parse(text) as { kind?: string; code?: number; message?: string; status?: string };
  const { kind, code, message } = answer;
  if (kind !== 'Status' || code !== status || answer.status !== 'Failure' || !message) return `no Status: ${text}`;
  return undefined;
}

const show = ({ method, path, headers, body }: FuzzRequest): string =>
  `${method} ${path.slice(0, 500)} ${JSON.stringify(headers).slice(0, 300)} ${body?.toString('latin1').slice(0, 600) ?? ''}`;

/** Removes what the fuzzer has made. */
async function tidy(): Promise<void> {
  const body = Buffer.from('{"gracePeriodSeconds":0}');
  const all = { headers: { 'content-type': 'application/json', 'content-length': String(body.length) }, body };
  for (const [i, path] of collections.entries()) {
    const query = storedKinds[i]!.namespaced ? '' : '?labelSelector=fuzz';
    await send({ method: 'DELETE', path: path + query, ...all });
  }
}

test('a seeded stream of bad requests', { timeout: 60_000 + requests * 20 }, async () => {
  const seed = newSeed();
  const random = randomFrom(seed);
  const found: string[] = [];
  const statuses = new Map<number, number>();
  let accepted = 0;
  const run = async (count: number): Promise<void> => {
    let before = await stored();
    for (let i = 0; i < count; i++) {
      const next = nextRequest(random, allKinds);
      const answer = await send(next).catch((error: Error) => {
        throw new Error(`SEED=${seed}: ${error.message}\n${show(next)}\n${server.log.slice(-3000)}`);
      });
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      const wrong = wrongWith(next, answer);
      if (wrong) found.push(`${wrong.slice(0, 500)}\n    to ${show(next)}`);
      const now = await stored();
      const written = answer.status < 400 ? [] : await changes(before, now);
      before = now;
      if (answer.status < 400 && next.method !== 'GET') accepted += 1;
      if (written.length > 0) {
        found.push(`refused with ${answer.status}, and written: ${written.join(' ')}\n    ${show(next)}`);
      }
      if (found.length >= 20) return;
    }
  };
  await run(warmUp);
  await tidy();
  const heapBefore = await heapAfterCollection(server.pid, () => server.log);
  await run(requests - warmUp);
  await tidy();
  const heapAfter = await heapAfterCollection(server.pid, () => server.log);
  const summary = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  console.log(
    `seed ${seed}, ${requests} requests, ${accepted} accepted (${summary.join(', ')}); ` +
      `heap ${megabytes(heapBefore)} MB, then ${megabytes(heapAfter)} MB`,
  );
  expect(found, `SEED=${seed}`).toEqual([]);
  expect(server.alive).toBe(true);
  // The caches keep the last changes of each kind, so that watches can resume: a few thousand bytes a write.
  expect(heapAfter - heapBefore).toBeLessThan(8 * 2 ** 20 + accepted * 10_000);
});

/** Sends bytes over a connection of its own, which it ends unless told otherwise, and collects what comes until it is closed. */
function raw(bytes: Buffer | string, { end = true } = {}): Promise<string> {
  return new Promise((resolve) => {
    const socket: TLSSocket = connect({ port: server.cluster.ports.apiserver, ...identity() });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    // A connection that is cut is one way to be refused.
    socket.on('error', () => undefined);
    socket.once('secureConnect', () => (end ? socket.end(bytes) : socket.write(bytes)));
    socket.once('close', () => resolve(text));
  });
}

const get = 'GET /api/v1/pods HTTP/1.1\r\nhost: a\r\n';
const post = 'POST /api/v1/namespaces/fuzz/configmaps HTTP/1.1\r\nhost: a\r\n';

test.each<[string, string, number]>([
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a version that does not exist', 'GET / HTTP/7.3\r\n\r\n', 400],
  ['no host', 'GET /api/v1/pods HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ['a header without a colon', `${get}nonsense\r\n\r\n`, 400],
  ['a control character in a header', `${get}a: b\u0001c\r\n\r\n`, 400],
  ['two lengths', `${post}content-length: 5\r\ncontent-length: 6\r\n\r\nhello`, 400],
  ['a length and chunks', `${post}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
  ['a length that is no number', `${post}content-length: five\r\n\r\nhello`, 400],
  ['a chunk of a size that is no number', `${post}transfer-encoding: chunked\r\n\r\nxyz\r\n`, 400],
  ['headers of 2 MB', `${get}a: ${'x'.repeat(2 ** 21)}\r\n\r\n`, 431],
])('%s', async (_, bytes, status) => {
  // Who ends the connection is not answered if the server notices before it has answered.
  const answer = await raw(bytes, { end: false });
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(body)).toMatchObject({ kind: 'Status', status: 'Failure', code: status });
});

test('what follows a good request is not taken for its answer', async () => {
  const answer = await raw(`${get}\r\nnonsense`, { end: false });
  expect(answer).toMatch(/^HTTP\/1.1 200 /);
});

test('bodies that end early, and connections that say nothing', async () => {
  const before = await stored();
  await Promise.all([
    raw(`${post}content-type: application/json\r\ncontent-length: 500\r\n\r\n{"metadata":{"name":"early"}}`),
    raw(''),
    raw(Buffer.alloc(1000, 0xff)),
    raw(`${post}transfer-encoding: chunked\r\n\r\n5\r\n{"me`),
  ]);
  expect(await changes(before, await stored())).toEqual([]);
  await eventually('it serves', async () => (await server.raw('/readyz')).status === 200);
});
