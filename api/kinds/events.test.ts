/** Events, by their old names and by their new ones. */
import { describe, expect, test } from 'vitest';
import { eventFromStored, eventToStored } from '../conversion/event.ts';
import type { EventsEvent } from '../types.ts';
import { events } from './events.ts';
import { eventsEvents } from './events-events.ts';
import { cellsOf, createErrors, expectErrors, updateErrors } from './writes.fixture.ts';

const pod = { kind: 'Pod', name: 'web', namespace: 'default' };
const old = (more: object = {}) => ({ involvedObject: pod, reason: 'Tested', ...more });
const eventTime = '2024-01-01T00:00:00.000000Z';
const fresh = (more: object = {}) => ({
  eventTime,
  reportingController: 'example.com/tester',
  reportingInstance: 'tester-1',
  action: 'Testing',
  reason: 'Tested',
  type: 'Normal',
  note: 'all is well',
  regarding: pod,
  ...more,
});

test.each<[object, string | undefined]>([
  [old(), undefined],
  [old({ involvedObject: { kind: 'Node', name: 'n' } }), undefined],
  [
    { ...old(), metadata: { namespace: 'other' } },
    'involvedObject.namespace: Invalid value: "default": does not match event.namespace',
  ],
  [
    { ...old({ involvedObject: { kind: 'Node' } }), metadata: { namespace: 'kube-system' } },
    'involvedObject.namespace: Invalid value: "": does not match event.namespace',
  ],
  [old({ eventTime }), 'reportingController: Required value'],
  [old({ eventTime }), 'action: Required value'],
])('core: %j', (object, error) => {
  expectErrors(createErrors(events, object), error);
});

describe('events.k8s.io', () => {
  test.each<[object, string | undefined]>([
    [fresh(), undefined],
    [fresh({ regarding: { kind: 'Node', name: 'n' } }), undefined],
    [
      { ...fresh({ regarding: { kind: 'Node' } }), metadata: { namespace: 'a' } },
      'involvedObject.namespace: Invalid value',
    ],
    [fresh({ eventTime: undefined }), 'eventTime: Required value'],
    [fresh({ type: 'Odd' }), 'type: Invalid value: "": has invalid value: Odd'],
    [fresh({ reportingController: 'a b' }), 'reportingController: Invalid value: "a b": name part must consist of'],
    [fresh({ reason: 'x'.repeat(129) }), 'reason: Invalid value: "": can have at most 128 characters'],
    [fresh({ note: 'x'.repeat(1025) }), 'message: Invalid value: "": can have at most 1024 characters'],
    [fresh({ deprecatedCount: 1 }), 'count: Invalid value: "": needs to be unset'],
    [fresh({ deprecatedSource: { host: 'a' } }), 'source: Invalid value: "": needs to be unset'],
    [
      fresh({ series: { count: 1, lastObservedTime: eventTime } }),
      'series.count: Invalid value: "": should be at least 2',
    ],
    [fresh({ series: { count: 2 } }), 'series.lastObservedTime: Required value'],
  ])('%j', (object, error) => {
    expectErrors(createErrors(eventsEvents, object), error);
  });

  test('only the series changes', () => {
    const more = { series: { count: 2, lastObservedTime: eventTime } };
    expect(updateErrors(eventsEvents, fresh(), fresh(more))).toEqual([]);
    expect(updateErrors(eventsEvents, fresh(), fresh({ note: 'b', regarding: { ...pod, name: 'b' } }))).toEqual([
      expect.stringMatching(/^involvedObject: Invalid value: .*: field is immutable/),
      'message: Invalid value: "b": field is immutable',
    ]);
  });

  test('is the core event under other names', () => {
    const event = { metadata: { name: 'e', namespace: 'default' }, apiVersion: 'events.k8s.io/v1', kind: 'Event' };
    const full = { ...event, ...fresh({ deprecatedCount: 3, deprecatedSource: { host: 'h' } }) } as EventsEvent;
    const stored = eventToStored(full);
    expect(stored).toMatchObject({
      apiVersion: 'v1',
      involvedObject: pod,
      message: 'all is well',
      reportingComponent: 'example.com/tester',
      count: 3,
      source: { host: 'h' },
    });
    expect(Object.keys(stored)).not.toContain('note');
    expect(eventFromStored(stored)).toEqual(full);
    expect(cellsOf(eventsEvents, full)).toEqual(cellsOf(events, stored));
  });
});
