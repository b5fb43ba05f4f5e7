import type { Kind } from '../kind.ts';
import type { Event } from '../types.ts';

export const events: Kind<Event> = {
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  singular: 'event',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Event',
  ttlSeconds: 3600,
  shortNames: ['ev'],
};
