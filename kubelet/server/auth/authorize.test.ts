import { expect, test } from 'vitest';
import type { SubjectAccessReview } from '../../../api/types.ts';
import { Authorization } from './authorize.ts';

/** An API server that allows some subresources, and a clock. */
function world(...allowed: string[]) {
  const asked: string[] = [];
  const state = { now: 0, down: false };
  const authorization = new Authorization({
    nodeName: 'n1',
    reviewAccess: async (review: SubjectAccessReview) => {
      const { user, resourceAttributes } = review.spec;
      asked.push(`${user} ${resourceAttributes?.verb} ${resourceAttributes?.subresource}/${resourceAttributes?.name}`);
      if (state.down) throw new Error('connection refused');
      return { ...review, status: { allowed: allowed.includes(resourceAttributes?.subresource ?? '') } };
    },
    allowedCacheMs: 1000,
    deniedCacheMs: 100,
    now: () => state.now,
  });
  const user = { name: 'ann', groups: ['devs'] };
  const ask = (...subresources: string[]): Promise<string> =>
    authorization.authorize(user, { verb: 'get', subresources }).then(
      () => 'allowed',
      (error) => `${error.status} ${error.message}`,
    );
  return { ask, asked, state };
}

test('one of the subresources is enough', async () => {
  const { ask, asked } = world('proxy');
  expect(await ask('pods', 'proxy')).toBe('allowed');
  expect(asked).toEqual(['ann get pods/n1', 'ann get proxy/n1']);
});

test('a refusal names what was asked for', async () => {
  const { ask } = world('stats');
  expect(await ask('pods', 'proxy')).toBe(
    '403 Forbidden (user=ann, verb=get, resource=nodes, subresource(s)=[pods proxy])',
  );
});

test('answers are kept for a while, refusals for a shorter one', async () => {
  const { ask, asked, state } = world('stats');
  const times = async (...subresources: string[]) => {
    await ask(...subresources);
    return asked.length;
  };
  expect(await times('stats')).toBe(1);
  expect(await times('log')).toBe(2);
  state.now = 99;
  expect([await times('stats'), await times('log')]).toEqual([2, 2]);
  state.now = 101;
  expect([await times('stats'), await times('log')]).toEqual([2, 3]);
  state.now = 1001;
  expect(await times('stats')).toBe(4);
});

test('many at once are one question', async () => {
  const { ask, asked } = world('stats');
  expect(await Promise.all([ask('stats'), ask('stats'), ask('stats')])).toEqual(['allowed', 'allowed', 'allowed']);
  expect(asked).toHaveLength(1);
});

test('an API server that does not answer allows nothing, and is asked again', async () => {
  const { ask, state } = world('stats');
  state.down = true;
  expect(await ask('stats')).toBe('500 Authorization error (user=ann, verb=get, resource=nodes, subresource=stats)');
  state.down = false;
  expect(await ask('stats')).toBe('allowed');
});
