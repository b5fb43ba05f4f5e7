import { expect, test } from 'vitest';
import { parseTokens } from './token-file.ts';

test('a user for each token, with its groups', () => {
  expect([...parseTokens('t1,jane,u1,"dev,test"\r\n\nt2,joe,u2\nt3,jill,,ops\n')]).toEqual([
    ['t1', { name: 'jane', uid: 'u1', groups: ['dev', 'test', 'system:authenticated'] }],
    ['t2', { name: 'joe', uid: 'u2', groups: ['system:authenticated'] }],
    ['t3', { name: 'jill', groups: ['ops', 'system:authenticated'] }],
  ]);
});

test.each<[string, string[]]>([
  ['"t","a ""b"" c",u,g', ['t', 'a "b" c', 'g']],
  ['"t,1",jane,u,g', ['t,1', 'jane', 'g']],
  ['t,jane,u,"g,,h"', ['t', 'jane', 'g', 'h']],
  ['t,jane,u,g,more,columns', ['t', 'jane', 'g']],
  ['t,jane,u,""', ['t', 'jane']],
])('%s', (line, [token, name, ...groups]) => {
  expect([...parseTokens(line)]).toMatchObject([[token, { name, groups: [...groups, 'system:authenticated'] }]]);
});

test.each(['t1', 't1,jane', ',jane,u1'])('refuses %j', (line) => {
  expect(() => parseTokens(`t0,joe,u0\n${line}`)).toThrow('line 2: expected token,user,uid');
});
