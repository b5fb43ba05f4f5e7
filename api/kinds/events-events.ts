/**
 * Event of events.k8s.io: the core Event under newer names, and with stricter rules. Both are served from one storage.
 * Upstream: pkg/apis/events/v1/conversion.go, pkg/registry/core/event/strategy.go
 */
import { eventFromStored, eventToStored } from '../conversion/event.ts';
import type { Column, Kind } from '../kind.ts';
import type { Event, EventsEvent, KubeObject } from '../types.ts';
import { validateStrictEvent } from '../validation/event.ts';
import { events } from './events.ts';

const regarding = (part: 'kind' | 'namespace' | 'name' | 'uid' | 'apiVersion' | 'resourceVersion' | 'fieldPath') => ({
  [`regarding.${part}`]: (event: EventsEvent) => event.regarding?.[part] ?? '',
});

const ofStored = ({ cell, ...column }: Column<Event>): Column<EventsEvent> => ({
  ...column,
  cell: (event, now) => cell(eventToStored(event), now),
});

export const eventsEvents: Kind<EventsEvent> = {
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  namespaced: true,
  ttlSeconds: events.ttlSeconds!,
  schema: 'io.k8s.api.events.v1.Event',
  createOnUpdate: true,
  shortNames: ['ev'],
  generation: false,
  storedAs: {
    kind: events,
    toStored: eventToStored,
    fromStored: (stored: KubeObject) => eventFromStored(stored as Event),
  },
  setDefaults: (event) => {
    event.regarding ??= {};
  },
  validate: (event, old) => validateStrictEvent(eventToStored(event), old && eventToStored(old)),
  fieldSelectors: {
    ...regarding('kind'),
    ...regarding('namespace'),
    ...regarding('name'),
    ...regarding('uid'),
    ...regarding('apiVersion'),
    ...regarding('resourceVersion'),
    ...regarding('fieldPath'),
    reason: (event) => event.reason ?? '',
    reportingController: (event) => event.reportingController ?? '',
    type: (event) => event.type ?? '',
  },
  columns: events.columns!.map(ofStored),
};
