import { expect, test } from 'vitest';
import { answerHealth, type Checks } from './health.ts';

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
