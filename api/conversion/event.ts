/**
 * An Event as events.k8s.io shows it. The core Event, which is what is stored, has the same content under older names.
 *
 * Upstream: pkg/apis/events/v1/conversion.go
 */
import type { Event, EventsEvent } from '../types.ts';

/** The object of events.k8s.io, which is not changed, as a core Event. */
export function eventToStored(object: EventsEvent): Event {
  const {
    regarding = {},
    note,
    reportingController,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...same
  } = object;
  return defined({
    ...same,
    apiVersion: 'v1',
    involvedObject: regarding,
    message: note,
    reportingComponent: reportingController,
    source: deprecatedSource,
    firstTimestamp: deprecatedFirstTimestamp,
    lastTimestamp: deprecatedLastTimestamp,
    count: deprecatedCount,
  });
}

/** A core Event, which is not changed, as an object of events.k8s.io. */
export function eventFromStored(event: Event): EventsEvent {
  const { involvedObject, message, reportingComponent, source, firstTimestamp, lastTimestamp, count, ...same } = event;
  return defined({
    ...same,
    apiVersion: 'events.k8s.io/v1',
    regarding: involvedObject,
    note: message,
    reportingController: reportingComponent,
    deprecatedSource: source,
    deprecatedFirstTimestamp: firstTimestamp,
    deprecatedLastTimestamp: lastTimestamp,
    deprecatedCount: count,
  } as EventsEvent);
}

/** The object without the fields that only stand for nothing. */
function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
