import { expect, test } from 'vitest';
import { parseTokens } from './token-file.ts';

test('a user for each token, with its groups', () => {
  expect([...parseTokens('t1,jane,u1,"dev,test"\n\nt2,joe,u2\nt3,jill,,ops\n')]).toEqual([
    ['t1', { name: 'jane', uid: 'u1', groups: ['dev', 'test', 'system:authenticated'] }],
    ['t2', { name: 'joe', uid: 'u2', groups: ['system:authenticated'] }],
    ['t3', { name: 'jill', groups: ['ops', 'system:authenticated'] }],
  ]);
});

test.each(['t1', 't1,jane', ',jane,u1'])('refuses %j', (line) => {
  expect(() => parseTokens(`t0,joe,u0\n${line}`)).toThrow('line 2: expected token,user,uid');
});
