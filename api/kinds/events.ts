/**
 * Event: something happened to an object. Kept for an hour; repetitions raise a count.
 * Upstream: pkg/apis/core/validation/events.go, pkg/printers/internalversion (printEvent)
 */
import { age } from '../age.ts';
import type { Kind } from '../kind.ts';
import type { Event } from '../types.ts';
import { validateEvent } from '../validation/event.ts';

const firstSeen = (event: Event): string | undefined => event.firstTimestamp ?? event.eventTime;

const lastSeen = (event: Event): string | undefined =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);

const involvedName = ({ involvedObject: { kind = '', name } }: Event): string =>
  name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase();

const source = (event: Event): string =>
  [event.source?.component || event.reportingComponent, event.source?.host || event.reportingInstance]
    .filter(Boolean)
    .join(', ');

export const events: Kind<Event> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  namespaced: true,
  ttlSeconds: 3600,
  schema: 'io.k8s.api.core.v1.Event',
  createOnUpdate: true,
  shortNames: ['ev'],
  generation: false,
  setDefaults: (event) => {
    event.involvedObject ??= {};
  },
  validate: validateEvent,
  fieldSelectors: {
    'involvedObject.kind': (event) => event.involvedObject.kind ?? '',
    'involvedObject.namespace': (event) => event.involvedObject.namespace ?? '',
    'involvedObject.name': (event) => event.involvedObject.name ?? '',
    'involvedObject.uid': (event) => event.involvedObject.uid ?? '',
    'involvedObject.apiVersion': (event) => event.involvedObject.apiVersion ?? '',
    'involvedObject.resourceVersion': (event) => event.involvedObject.resourceVersion ?? '',
    'involvedObject.fieldPath': (event) => event.involvedObject.fieldPath ?? '',
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: (event) => event.type ?? '',
  },
  columns: [
    {
      name: 'Last Seen',
      type: 'string',
      description: 'Time since the event last happened.',
      cell: (e, now) => age(lastSeen(e), now),
    },
    { name: 'Type', type: 'string', description: 'Normal or Warning.', cell: (e) => e.type ?? '' },
    { name: 'Reason', type: 'string', description: 'A word that says why.', cell: (e) => e.reason ?? '' },
    { name: 'Object', type: 'string', description: 'What the event is about.', cell: (e) => involvedName(e) },
    {
      name: 'Subobject',
      type: 'string',
      priority: 1,
      description: 'The part of the object that it is about.',
      cell: (e) => e.involvedObject.fieldPath ?? '',
    },
    { name: 'Source', type: 'string', priority: 1, description: 'Who reports it.', cell: (e) => source(e) },
    {
      name: 'Message',
      type: 'string',
      description: 'What happened, for people.',
      cell: (e) => (e.message ?? '').trim(),
    },
    {
      name: 'First Seen',
      type: 'string',
      priority: 1,
      description: 'Time since it first happened.',
      cell: (e, now) => age(firstSeen(e), now),
    },
    {
      name: 'Count',
      type: 'string',
      priority: 1,
      description: 'How many times it happened.',
      cell: (e) => e.series?.count ?? (e.count || 1),
    },
    {
      name: 'Name',
      type: 'string',
      format: 'name',
      priority: 1,
      description: 'Name of the event itself.',
      cell: (e) => e.metadata.name ?? '',
    },
  ],
};
