import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { answerHealth, type Checks, serveHealth } from './health.ts';

const checks: Checks = {
  etcd: () => undefined,
  'poststarthook/a/b': async () => undefined,
  data: () => {
    throw new Error('not loaded');
  },
};

test.each<[string, number, string]>([
  ['/livez', 200, 'ok'],
  ['/livez?verbose', 200, '[+]ping ok\n[+]log ok\nlivez check passed\n'],
  [
    '/readyz',
    500,
    '[+]ping ok\n[+]etcd ok\n[+]poststarthook/a/b ok\n[-]data failed: not loaded\nreadyz check failed\n',
  ],
  ['/readyz?exclude=data', 200, 'ok'],
  [
    '/readyz?verbose&exclude=data&exclude=nope&exclude=etcd',
    200,
    '[+]ping ok\n[+]etcd excluded: ok\n[+]poststarthook/a/b ok\n[+]data excluded: ok\nwarn: some health checks cannot be excluded: no matches for "nope"\nreadyz check passed\n',
  ],
  ['/readyz/etcd', 200, 'ok'],
  ['/readyz/poststarthook/a/b', 200, 'ok'],
  ['/readyz/data', 500, 'internal server error: not loaded\n'],
  ['/readyz/toString', 404, '404 page not found\n'],
  ['/livez/etcd', 404, '404 page not found\n'],
])('%s', async (url, status, body) => {
  const { pathname, searchParams } = new URL(url, 'http://localhost');
  const answer = await answerHealth(pathname, searchParams, checks, { log: () => undefined });
  expect([answer?.status, answer?.body]).toEqual([status, body]);
});

test('other paths are not its own', async () => {
  expect(await answerHealth('/readyzz', new URLSearchParams(), checks)).toBeUndefined();
});

test.each([
  ['//', 400],
  ['http://[', 400],
  ['//host:99999/healthz', 400],
  ['/healthz', 200],
  ['/%zz?a=%zz', 404],
])('a request for %s is answered with %i', async (path, status) => {
  const server = await serveHealth({ host: '127.0.0.1', port: 26_302, checks: {} });
  const answer = await connect(26_302, '127.0.0.1')
    .end(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    .setEncoding('utf8')
    .toArray();
  await server.close();
  expect(answer.join('')).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
});
