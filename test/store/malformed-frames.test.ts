/**
 * The store's process under clients that send anything: whatever it was, afterwards it serves as before, and its memory is
 * what it was. `SEED=n` repeats the random part. What each malformed frame is answered with is in store/http2/*.test.ts.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EtcdClient } from '../../client/etcd/client.ts';
import { encodeFrame, frameFlag, frameType, preface, uint32 } from '../../store/http2/frame.ts';
import { encodeHeaders } from '../../store/http2/hpack-encoder.ts';
import { limits } from '../../store/http2/limits.ts';
import { callHeaders, grpcMessage, settingBytes, TestClient } from '../../store/http2/test-client.ts';
import { createAuthority } from '../harness/certificates.ts';
import { type EtcdServer, startStore } from '../harness/etcd.ts';
import { etcdctl, etcdctlPresent } from '../harness/etcdctl.ts';
import { eventually } from '../harness/eventually.ts';
import { newSeed, randomFrom } from '../harness/random.ts';

const port = 24850;
const address = { host: '127.0.0.1', port };
const MiB = 1024 * 1024;
const { data, headers, settings, ping, rstStream, continuation, windowUpdate } = frameType;
const { endStream, endHeaders } = frameFlag;
const putHeaders = encodeHeaders(callHeaders('/etcdserverpb.KV/Put'));
const rangeHeaders = encodeHeaders(callHeaders('/etcdserverpb.KV/Range'));
const watchHeaders = encodeHeaders(callHeaders('/etcdserverpb.Watch/Watch'));

let store: EtcdServer;
let client: EtcdClient;
const open: TestClient[] = [];
const connect = (): TestClient => {
  const raw = new TestClient(address);
  open.push(raw);
  return raw;
};

/** Resident memory of the process. */
function memory(): number {
  const [, kib] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${store.child.pid}/status`, 'utf8')) ?? [];
  return Number(kib) * 1024;
}

beforeAll(async () => {
  store = await startStore({ url: `http://127.0.0.1:${port}` });
  client = store.client();
});
afterAll(async () => {
  client.close();
  for (const raw of open) raw.close();
  await store.remove();
});

let revision = 0;
/** The client that was connected all the time writes, reads and watches. */
async function expectServing(): Promise<void> {
  const value = `value ${++revision}`;
  await client.put({ key: 'served', value });
  const { kvs } = await client.range({ key: 'served' });
  expect(kvs.map((kv) => kv.value.toString())).toEqual([value]);
  expect(store.child.exitCode).toBeNull();
}

const repeat = (count: number, bytes: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => bytes(i)));
/** The number of a client's stream. */
const nth = (i: number): number => 2 * i + 1;

type Attack = [what: string, send: (raw: TestClient) => void];

describe('a flood is bounded', () => {
  const begun = grpcMessage(Buffer.alloc(MiB)).subarray(0, 16_384);
  const attacks: Attack[] = [
    [
      'CONTINUATION',
      (raw) => {
        raw.begin().send(headers, 0, 1, putHeaders);
        raw.socket.write(repeat(20_000, () => encodeFrame(continuation, 0, 1, Buffer.alloc(100))));
      },
    ],
    [
      'PINGs whose answers are not read',
      (raw) => {
        raw.begin().socket.pause();
        const pings = repeat(10_000, () => encodeFrame(ping, 0, 0, Buffer.alloc(8)));
        for (let i = 0; i < 100; i++) raw.socket.write(pings);
      },
    ],
    [
      'SETTINGS whose answers are not read',
      (raw) => {
        raw.begin().socket.pause();
        const many = repeat(10_000, (i) => encodeFrame(settings, 0, 0, settingBytes(4, i)));
        for (let i = 0; i < 100; i++) raw.socket.write(many);
      },
    ],
    [
      'streams that are reset',
      (raw) => {
        raw
          .begin()
          .socket.write(
            repeat(30_000, (i) =>
              Buffer.concat([
                encodeFrame(headers, endHeaders, nth(i), watchHeaders),
                encodeFrame(rstStream, 0, nth(i), uint32(8)),
              ]),
            ),
          );
      },
    ],
    [
      'headers that a small block stands for',
      (raw) => {
        raw
          .begin()
          .send(headers, endHeaders, 1, Buffer.concat([Buffer.from('4001617fa11e', 'hex'), Buffer.alloc(4000, 'v')]));
        for (let i = 1; i < 1000; i++) raw.send(headers, endHeaders, nth(i), Buffer.alloc(16_000, 0xbe));
      },
    ],
    [
      'messages that are begun',
      (raw) => {
        raw.begin();
        for (let i = 0; i < 1000; i++) {
          raw.send(headers, endHeaders, nth(i), putHeaders);
          for (let j = 0; j < limits.streamWindow / begun.length; j++) raw.send(data, 0, nth(i), begun);
        }
      },
    ],
    [
      'messages that are announced',
      (raw) => {
        raw.begin();
        for (let i = 0; i < limits.concurrentStreams; i++) {
          raw.send(headers, endHeaders, nth(i), putHeaders).send(data, 0, nth(i), begun.subarray(0, 6));
        }
      },
    ],
    [
      'watches',
      (raw) => {
        raw.begin();
        for (let i = 0; i < 2 * limits.concurrentStreams; i++) raw.send(headers, endHeaders, nth(i), watchHeaders);
      },
    ],
    [
      'large answers to a window of zero',
      (raw) => {
        raw.begin(settingBytes(4, 0));
        // All of the key space: the large value is in it.
        const all = grpcMessage(Buffer.from('0a0100120100', 'hex'));
        for (let i = 0; i < 2000; i++)
          raw.send(headers, endHeaders, nth(i), rangeHeaders).send(data, endStream, nth(i), all);
      },
    ],
    [
      'windows of one byte',
      (raw) => {
        raw.begin(settingBytes(4, 0));
        const all = grpcMessage(Buffer.from('0a0100120100', 'hex'));
        raw.send(headers, endHeaders, 1, rangeHeaders).send(data, endStream, 1, all);
        raw.socket.write(repeat(100_000, () => encodeFrame(windowUpdate, 0, 1, uint32(1))));
      },
    ],
  ];

  test.each(attacks)('%s', async (_, send) => {
    await client.put({ key: 'large', value: Buffer.alloc(MiB) });
    await expectServing();
    const before = memory();
    const raw = connect();
    send(raw);
    // While it goes on, and when it is over, others are served.
    await expectServing();
    expect(memory() - before).toBeLessThan(1024 * MiB);
    raw.close();
    await expectServing();
    // A process that does nothing collects no garbage.
    const isBack = async (): Promise<boolean> => {
      await client.put({ key: 'large', value: Buffer.alloc(MiB) });
      return memory() - before < 150 * MiB;
    };
    await eventually('its memory is what it was', isBack, { everyMs: 20 });
  });

  test('connections that say nothing end by themselves', async () => {
    const silent = Array.from({ length: 200 }, () => connect());
    const halfway = connect();
    halfway.socket.write(preface.subarray(0, 10));
    const unsettled = connect();
    unsettled.socket.write(preface);
    await expectServing();
    await eventually('they are closed', () => [...silent, halfway, unsettled].every(({ isClosed }) => isClosed));
    await expectServing();
  });
});

test('random bytes and frames, on many connections at once', async () => {
  const seed = newSeed();
  console.log(`random frames from seed ${seed}: SEED=${seed} repeats them`);
  const random = randomFrom(seed);
  const blocks = [putHeaders, rangeHeaders, watchHeaders];
  for (let round = 0; round < 40; round++) {
    const raws = Array.from({ length: 10 }, () => {
      const raw = connect();
      if (random(10) === 0) raw.socket.write(Buffer.from(Array.from({ length: 500 }, () => random(256))));
      raw.begin();
      for (let i = random(30); i >= 0; i--) {
        const block =
          random(2) === 0 ? blocks[random(3)]! : Buffer.from(Array.from({ length: random(60) }, () => random(256)));
        const payload = random(3) === 0 ? grpcMessage(block) : block;
        raw.send([headers, data, random(12)][random(3)]!, [4, 5, 0, random(256)][random(4)]!, nth(random(5)), payload);
      }
      return raw;
    });
    await expectServing();
    for (const raw of raws) raw.close();
  }
  const { kvs } = await client.range({ key: 'served' });
  expect(kvs).toHaveLength(1);
});

test('a TLS client on a port without TLS', async () => {
  const tls = connectTls({ ...address, rejectUnauthorized: false });
  const error = await new Promise<Error>((resolve) => tls.once('error', resolve));
  expect(error.message).toMatch(/wrong version number|packet length|ECONNRESET|disconnected/);
  await expectServing();
});

test('what is no TLS, who has no certificate, and who never says who he is', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'minik-tls-'));
  const authority = await createAuthority(directory, 'ca');
  const { certFile, keyFile } = await authority.issue('server');
  const url = `https://127.0.0.1:${port + 1}`;
  const tls = { caFile: authority.caFile, certFile, keyFile };
  const files = ['--cert-file', certFile, '--key-file', keyFile, '--trusted-ca-file', authority.caFile];
  const secure = await startStore({ url, tls, flags: [...files, '--client-cert-auth'] });
  const secureClient = secure.client();
  try {
    const plain = new TestClient({ host: '127.0.0.1', port: port + 1 }).begin();
    await eventually('the plain client is disconnected', () => plain.isClosed);
    const stranger = connectTls({ host: '127.0.0.1', port: port + 1, ca: readFileSync(authority.caFile) });
    stranger.on('error', () => undefined);
    await eventually('the client without a certificate is disconnected', () => stranger.destroyed);
    await eventually('the reasons are logged', () => /peer did not return a certificate/.test(secure.log()));
    expect((await secureClient.put({ key: 'a' })).header?.revision).toBe(2);

    const silent = connectTcp({ host: '127.0.0.1', port: port + 1 });
    await new Promise((resolve) => silent.once('connect', resolve));
    const before = Date.now();
    await secure.stop();
    // Node itself would wait for its handshake for two minutes.
    expect(Date.now() - before).toBeLessThan(60_000);
    silent.destroy();
  } finally {
    secureClient.close();
    await secure.remove();
    rmSync(directory, { recursive: true });
  }
});

describe.skipIf(!etcdctlPresent)('etcdctl, which says in :authority how it was told to connect', () => {
  test.each(['http', 'absolute path'])('%s', async (how) => {
    const other = how === 'http' ? store : await startStore();
    try {
      const endpoint = how === 'http' ? `http://127.0.0.1:${port}` : `unix://${other.dataDir}/store.sock`;
      for (const args of [
        ['put', 'by-etcdctl', how],
        ['endpoint', 'status'],
        ['endpoint', 'health'],
      ]) {
        const { status, stderr } = await etcdctl(endpoint, args);
        expect(status, stderr).toBe(0);
      }
      expect((await etcdctl(endpoint, ['get', 'by-etcdctl', '--print-value-only'])).stdout).toBe(`${how}\n`);
    } finally {
      if (other !== store) await other.remove();
    }
  });
});
