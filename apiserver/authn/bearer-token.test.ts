import type { IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { readBearerToken } from './bearer-token.ts';

const protocol = (token: string | Buffer): string =>
  `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`;
const socket = (protocols: string) => ({ upgrade: 'WebSocket', 'sec-websocket-protocol': protocols });

test.each<[string, IncomingHttpHeaders, object | undefined]>([
  ['no header', {}, undefined],
  ['a token', { authorization: 'Bearer abc' }, { token: 'abc' }],
  ['spaces around', { authorization: '  bearer abc ' }, { token: 'abc' }],
  ['two spaces', { authorization: 'Bearer  abc' }, undefined],
  ['another scheme', { authorization: 'Basic abc' }, undefined],
  ['the header goes first', { authorization: 'Bearer abc', ...socket(`${protocol('x')},a`) }, { token: 'abc' }],
  ['a protocol', socket(`a, ${protocol('t')} ,b`), { token: 't', protocols: 'a,b' }],
  ['a protocol without an upgrade', { 'sec-websocket-protocol': `${protocol('t')},a` }, undefined],
  ['an empty token among protocols', socket(`${protocol('')},a`), undefined],
])('%s', (_, headers, expected) => {
  expect(readBearerToken(headers)).toEqual(expected);
});

test.each<[string, string]>([
  [`${protocol('t')},${protocol('t')},a`, 'multiple base64.bearer.authorization tokens specified'],
  ['base64url.bearer.authorization.k8s.io.dA==,a', 'invalid base64.bearer.authorization token encoding'],
  [`${protocol(Buffer.from([0xff, 0xfe]))},a`, 'invalid base64.bearer.authorization token'],
  [protocol('t'), 'missing additional subprotocol'],
])('%s is refused', (protocols, why) => {
  expect(() => readBearerToken(socket(protocols))).toThrow(why);
});
