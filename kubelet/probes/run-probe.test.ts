import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Probe } from '../../api/types.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { runProbe } from './run-probe.ts';

const server = createServer((request, response) => response.writeHead(request.url === '/ok' ? 200 : 503).end());
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => server.close());

const run = (probe: Probe, runtime: Partial<Runtime> = {}) =>
  runProbe(
    runtime as Runtime,
    probe,
    { container: { name: 'c' }, containerId: 'id', podIP: '127.0.0.1' },
    new AbortController().signal,
  );

test('an HTTP answer from 200 to 399 passes, another fails and is told', async () => {
  expect(await run({ httpGet: { path: '/ok', port } })).toEqual({ success: true, output: '' });
  expect(await run({ httpGet: { path: '/', port } })).toEqual({
    success: false,
    output: 'HTTP probe failed with statuscode: 503',
  });
});

test('a path that begins with two slashes leads nowhere else', async () => {
  expect(await run({ httpGet: { path: '//elsewhere.invalid/ok', port } })).toEqual({
    success: false,
    output: 'HTTP probe failed with statuscode: 503',
  });
});

test('a TCP probe passes where something listens', async () => {
  expect(await run({ tcpSocket: { port } })).toMatchObject({ success: true });
  expect(await run({ tcpSocket: { port: 1 } })).toMatchObject({
    success: false,
    output: expect.stringContaining('refused'),
  });
});

test('where the network is simulated nothing is asked over it', async () => {
  expect(await run({ tcpSocket: { port: 1 } }, { simulatedNetwork: true })).toMatchObject({ success: true });
});
