import { describe, expect, test } from 'vitest';
import type { Pod } from '../../api/types.ts';
import { type IssuedToken, needsRefresh, TokenManager } from './token-manager.ts';

const minute = 60_000;
const hour = 60 * minute;

test.each([
  ['ten minutes: at eight', 600, 8 * minute, 0],
  ['ten minutes: ten seconds sooner, with all the jitter there is', 600, 8 * minute - 10_000, 10_000],
  ['an hour: at 48 minutes', 3600, 48 * minute, 0],
  ['a pod that asks for nothing', 3607, 3607_000 - 721_000, 0],
  ['two days: after one', 2 * 86_400, 24 * hour, 0],
])('%s', (_, seconds, dueMs, jitterMs) => {
  const token = { token: 't', seconds, expiresAtMs: seconds * 1000 };
  expect([dueMs, dueMs + 1].map((nowMs) => needsRefresh(token, nowMs, jitterMs))).toEqual([false, true]);
});

describe('a manager of tokens', () => {
  const pod = (uid: string): Pod => ({ metadata: { name: 'web', namespace: 'default', uid } });
  const source = { expirationSeconds: 600 };

  /** A server that gives numbered tokens, a clock that stands, and what went wrong. */
  function setUp() {
    const world = { nowMs: 0, given: 0, fails: false, errors: 0 };
    const request = async (): Promise<IssuedToken> => {
      if (world.fails) throw new Error('no route to host');
      return { token: `t${++world.given}`, seconds: 600, expiresAtMs: world.nowMs + 600_000 };
    };
    const logger = { error: () => world.errors++ };
    const manager = new TokenManager({ request, now: () => world.nowMs, random: () => 0, logger });
    return { world, manager };
  }

  test('asks once for each pod and each audience, and again when it is time', async () => {
    const { world, manager } = setUp();
    const asked = [
      () => manager.get(pod('u1'), source),
      () => manager.get(pod('u1'), source),
      () => manager.get(pod('u1'), { ...source, audience: 'vault' }),
      () => manager.get(pod('u2'), source),
    ];
    const tokens: string[] = [];
    for (const ask of asked) tokens.push(await ask());
    expect(tokens).toEqual(['t1', 't1', 't2', 't3']);
    world.nowMs = 8 * minute + 1;
    expect([await manager.get(pod('u1'), source), await manager.get(pod('u1'), source)]).toEqual(['t4', 't4']);
  });

  test('gives on what it has while the server is away, until that ends', async () => {
    const { world, manager } = setUp();
    await manager.get(pod('u1'), source);
    world.fails = true;
    world.nowMs = 9 * minute;
    expect(await manager.get(pod('u1'), source)).toBe('t1');
    expect(world.errors).toBe(1);
    world.nowMs = 10 * minute + 1;
    await expect(manager.get(pod('u1'), source)).rejects.toThrow('token expired and refresh failed: no route to host');
    await expect(manager.get(pod('u2'), source)).rejects.toThrow('failed to fetch token: no route to host');
  });

  test('forgets the tokens of a pod that is gone', async () => {
    const { manager } = setUp();
    await manager.get(pod('u1'), source);
    manager.forget('u1');
    expect(await manager.get(pod('u1'), source)).toBe('t2');
  });
});
