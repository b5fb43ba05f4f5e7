/** What the model says by itself; that etcd says the same is shown by `requests.test.ts` and `histories.test.ts`. */
import { describe, expect, test } from 'vitest';
import { emptyState, type State } from './state.ts';
import { step } from './step.ts';
import type { Request, Response } from './types.ts';
import { watchEvents } from './watch.ts';

/** The state and all responses after the requests. */
function run(...requests: Request[]): { state: State; responses: Response[] } {
  let state = emptyState;
  const responses = requests.map((request) => {
    const [after, response] = step(state, request);
    state = after;
    return response;
  });
  return { state, responses };
}

const put = (key: string, value: string, lease = 0n): Request => ({ kind: 'put', key, value, lease });

test('a write gets the next revision, a refused one and one that changes nothing do not', () => {
  const { responses } = run(put('a', '1'), put('', 'x'), { kind: 'deleteRange', key: 'none' }, put('a', '2'));
  expect(responses).toEqual([
    { header: { revision: 2 }, prevKv: undefined },
    { code: 3, message: 'etcdserver: key is not provided' },
    { header: { revision: 2 }, deleted: 0, prevKvs: [] },
    { header: { revision: 3 }, prevKv: undefined },
  ]);
});

test('a step leaves the state that it started from as it was', () => {
  const { state } = run(put('a', '1'));
  const before = structuredClone(state);
  for (const request of [
    put('a', '2'),
    { kind: 'compact', revision: 2 },
    { kind: 'leaseGrant', id: 1n, ttl: 5 },
  ] as const) {
    step(state, request);
  }
  expect(state).toEqual(before);
});

describe('time', () => {
  const requests: Request[] = [
    { kind: 'leaseGrant', id: 1n, ttl: 10 },
    { kind: 'leaseGrant', id: 2n, ttl: 0 },
    put('a', 'x', 1n),
    put('b', 'x', 2n),
    put('c', 'x', 1n),
    { kind: 'advance', ms: 1_999 },
  ];
  const get: Request = { kind: 'range', key: 'a', rangeEnd: 'z', keysOnly: true };
  const keysAfter = (...more: Request[]): string[] => {
    const { responses } = run(...requests, ...more, get);
    return (responses.at(-1) as { kvs: { key: string }[] }).kvs.map(({ key }) => key);
  };

  test('a lease that expires takes its keys with it, at one revision', () => {
    expect(keysAfter()).toEqual(['a', 'b', 'c']);
    expect(keysAfter({ kind: 'advance', ms: 1 })).toEqual(['a', 'c']);
    expect(keysAfter({ kind: 'advance', ms: 10_000 })).toEqual([]);
    const { state } = run(...requests, { kind: 'advance', ms: 10_000 });
    const events = watchEvents(state, { key: 'a', rangeEnd: 'z' }, 5);
    expect(events.map(({ type, kv }) => [type, kv.key, kv.modRevision])).toEqual([
      ['DELETE', 'b', 5],
      ['DELETE', 'a', 6],
      ['DELETE', 'c', 6],
    ]);
  });

  test('one that is renewed has its whole time again', () => {
    expect(keysAfter({ kind: 'leaseKeepAlive', id: 2n }, { kind: 'advance', ms: 1_999 })).toEqual(['a', 'b', 'c']);
  });

  test('what is left of it is told in whole seconds', () => {
    const { responses } = run(...requests, { kind: 'leaseTimeToLive', id: 1n, keys: true });
    expect(responses.at(-1)).toMatchObject({ ttl: 8, grantedTtl: 10, keys: ['a', 'c'] });
  });
});
