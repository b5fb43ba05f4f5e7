import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../client/component/log.ts';
import { readRoutes } from '../client/local-routes.ts';
import type { Listener } from './listener.ts';
import { listenTcp } from './tcp-listener.ts';

const address = '127.0.0.1';
let listener: Listener;
let port: number;
let servers: Server[];

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens. */
async function unusedPort(): Promise<number> {
  const free = await serve(() => undefined);
  await new Promise((resolve) => servers.pop()!.close(resolve));
  return free;
}

const backend = (name: string) => serve((socket) => socket.end(name));
const ask = () => text(connect({ port, host: address, allowHalfOpen: true }));

beforeEach(async () => {
  servers = [];
  port = await unusedPort();
  listener = await listenTcp(address, port, { logger: silentLogger(), readRoutes });
});
afterEach(() => {
  listener.close();
  for (const server of servers) server.close();
});

test('backends take turns', async () => {
  const backends = [await backend('a'), await backend('b')].map((p) => ({ address, port: p }));
  listener.setBackends(backends, undefined);
  expect([await ask(), await ask(), await ask(), await ask()].sort()).toEqual(['a', 'a', 'b', 'b']);
});

test('the next backend answers for one that does not', async () => {
  const dead = { address, port: await unusedPort() };
  listener.setBackends([dead, { address, port: await backend('alive') }], undefined);
  expect([await ask(), await ask()]).toEqual(['alive', 'alive']);
});

test('with nobody behind it, a connection is reset', async () => {
  listener.setBackends([{ address, port: await unusedPort() }], undefined);
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a backend that is not on this machine is never asked', async () => {
  // TEST-NET-3: it leads to the router, if anywhere.
  listener.setBackends([{ address: '203.0.113.1', port: 80 }], undefined);
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNRESET' });
});

test('a client that has finished sending still gets its answer', async () => {
  const echo = await serve(async (socket) => socket.end(`got ${await text(socket)}`));
  listener.setBackends([{ address, port: echo }], undefined);
  const client = connect({ port, host: address, allowHalfOpen: true });
  client.end('question');
  expect(await text(client)).toBe('got question');
});

test('everything arrives, however slowly the reader reads', async () => {
  const size = 32 * 2 ** 20;
  const source = await serve((socket) => socket.end(Buffer.alloc(size, 7)));
  listener.setBackends([{ address, port: source }], undefined);
  const client = connect({ port, host: address, allowHalfOpen: true });
  let received = 0;
  for await (const chunk of client) {
    received += (chunk as Buffer).length;
    await null;
  }
  expect(received).toBe(size);
});

test('a backend that breaks off breaks the client off', async () => {
  const rude = await serve((socket) => socket.once('data', () => socket.resetAndDestroy()));
  listener.setBackends([{ address, port: rude }], undefined);
  const client = connect({ port, host: address });
  client.write('hello');
  const [error] = await once(client, 'error');
  expect(error).toMatchObject({ code: 'ECONNRESET' });
});

test('a connection outlives the drain of its listener', async () => {
  const echo = await serve((socket) => socket.pipe(socket));
  listener.setBackends([{ address, port: echo }], undefined);
  const client = connect({ port, host: address });
  client.write('before');
  await once(client, 'data');
  let drained = false;
  const drain = listener.drain().then(() => {
    drained = true;
  });
  await expect(ask()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  client.write('after');
  expect(String((await once(client, 'data'))[0])).toBe('after');
  expect(drained).toBe(false);
  client.end();
  await drain;
});
