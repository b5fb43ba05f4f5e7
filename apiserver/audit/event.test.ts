import { expect, test } from 'vitest';
import type { AuditEvent } from '../../api/audit-event.ts';
import { sourceIPs } from './event.ts';
import { withoutManagedFields } from './managed-fields.ts';
import { microTime, now } from './micro-time.ts';
import { truncate } from './truncate.ts';

test.each([
  [{}, '10.0.0.9', ['10.0.0.9']],
  [{}, '::ffff:10.0.0.9', ['10.0.0.9']],
  [{}, '::1', ['::1']],
  [{ 'x-forwarded-for': '1.1.1.1, 2.2.2.2' }, '10.0.0.9', ['1.1.1.1', '2.2.2.2', '10.0.0.9']],
  [{ 'x-forwarded-for': 'nonsense, 2.2.2.2' }, '2.2.2.2', ['2.2.2.2']],
  [{ 'x-forwarded-for': '1.1.1.1', 'x-real-ip': '1.1.1.1' }, '10.0.0.9', ['1.1.1.1', '10.0.0.9']],
  [{ 'x-forwarded-for': '1.1.1.1', 'x-real-ip': '3.3.3.3' }, '10.0.0.9', ['1.1.1.1', '3.3.3.3', '10.0.0.9']],
])('%o over a connection from %s', (headers, remoteAddress, expected) => {
  expect(sourceIPs({ headers, remoteAddress })).toEqual(expected);
});

test.each([
  [0, '1970-01-01T00:00:00.000000Z'],
  [1_795_261_950_704.25, '2026-11-21T11:52:30.704250Z'],
  [1_795_261_950_704.001, '2026-11-21T11:52:30.704001Z'],
])('%d ms is %s', (ms, text) => expect(microTime(ms)).toBe(text));

test('now is what the clock says, and does not go back', () => {
  const times = Array.from({ length: 1000 }, now);
  expect(Math.abs(times[0]! - Date.now())).toBeLessThan(50);
  expect(times.toSorted((a, b) => a - b)).toEqual(times);
});

test('managed fields go from objects, lists and tables, and nothing else does', () => {
  const metadata = { name: 'a', managedFields: [{}] };
  const data = { managedFields: 'mine' };
  expect(withoutManagedFields({ metadata, data })).toEqual({ metadata: { name: 'a' }, data });
  expect(withoutManagedFields({ metadata: {}, items: [{ metadata }] })).toEqual({
    metadata: {},
    items: [{ metadata: { name: 'a' } }],
  });
  expect(withoutManagedFields({ rows: [{ cells: [1], object: { metadata } }, 7] })).toEqual({
    rows: [{ cells: [1], object: { metadata: { name: 'a' } } }, 7],
  });
  expect(withoutManagedFields([{ metadata }])).toEqual([{ metadata }]);
  expect(metadata).toHaveProperty('managedFields');
});

test('a large event loses its bodies, and is dropped when that does not help', () => {
  const event = { kind: 'Event', requestObject: 'ä'.repeat(400), annotations: { a: 'b' } } as unknown as AuditEvent;
  const json = JSON.stringify(event);
  expect(truncate(event, json, 2000)).toBe(json);
  expect(truncate(event, json, 850)).not.toBeUndefined();
  const small = truncate(event, json, 500)!;
  expect(JSON.parse(small)).toEqual({ kind: 'Event', annotations: { a: 'b', 'audit.k8s.io/truncated': 'true' } });
  expect(truncate(event, json, 20)).toBeUndefined();
});
