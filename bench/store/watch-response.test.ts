import { expect, test } from 'vitest';
import { WatchResponse } from '../../api/etcd.ts';
import { countEvents } from './watch-response.ts';

test('events are counted without decoding them', () => {
  const header = { clusterId: 0xcafe_cafe_cafen, memberId: 7n, revision: 300, raftTerm: 2 };
  const event = { kv: { key: 'k', value: 'v'.repeat(1000), modRevision: 300 } };
  expect(countEvents(WatchResponse.encode({ header, created: true, watchId: 3 }))).toBe(0);
  expect(countEvents(WatchResponse.encode({ header, watchId: 3, events: [event] }))).toBe(1);
  expect(countEvents(WatchResponse.encode({ header, events: [event, event, event] }))).toBe(3);
});
