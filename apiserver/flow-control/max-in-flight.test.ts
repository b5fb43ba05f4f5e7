import { expect, test } from 'vitest';
import type { Call } from '../request/call.ts';
import { requestInfo } from '../request/info.ts';
import { MaxInFlight } from './max-in-flight.ts';

const call = (method: string, path: string, ...groups: string[]): Call => {
  const query = new URLSearchParams(path.split('?')[1]);
  return { user: { name: 'jane', groups }, info: requestInfo(method, path.split('?')[0]!, query) } as unknown as Call;
};
const read = call('GET', '/api/v1/pods');
const write = call('POST', '/api/v1/namespaces/default/pods');

test('reads and writes are counted apart, and a place is free again', () => {
  const limit = new MaxInFlight(1, 1);
  const leave = limit.enter(read);
  expect(() => limit.enter(read)).toThrow(expect.objectContaining({ code: 429, reason: 'TooManyRequests' }));
  limit.enter(write)();
  leave();
  limit.enter(read)();
});

test('watches and administrators always pass', () => {
  const limit = new MaxInFlight(1, 1);
  const leave = limit.enter(read);
  limit.enter(call('GET', '/api/v1/pods?watch=true'))();
  limit.enter(call('GET', '/api/v1/pods', 'system:masters'))();
  leave();
});

test('0 is no limit', () => {
  const limit = new MaxInFlight(0, 1);
  const leave = Array.from({ length: 100 }, () => limit.enter(read));
  for (const each of leave) each();
});
