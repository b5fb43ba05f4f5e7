/**
 * Figures of the caches, sampled when asked for.
 * Upstream: apiserver/pkg/storage/{cacher,etcd3}/metrics/metrics.go, endpoints/metrics
 */
import { Counter, Gauge } from 'prom-client';
import type { Resource } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import type { WatchCache } from './watch-cache.ts';

/** Registers them. Once a process. */
export function registerCacheMetrics(resources: Resources, revision: () => number): void {
  const storing = (): Resource[] => resources.all().filter(({ conversion }) => !conversion);
  const figures: [name: string, help: string, value: (resource: Resource) => number][] = [
    [
      'apiserver_resource_objects',
      'Number of stored objects at the time of last check split by kind.',
      ({ cache }) => cache.size,
    ],
    [
      'apiserver_watch_cache_resource_version',
      'Current resource version of watch cache broken by resource type.',
      () => revision(),
    ],
    ['watch_cache_capacity', 'Total capacity of watch cache broken by resource type.', ({ cache }) => cache.capacity],
  ];
  for (const [name, help, value] of figures) {
    new Gauge({
      name,
      help,
      labelNames: ['group', 'resource'],
      collect() {
        this.reset();
        for (const resource of storing()) {
          this.set({ group: resource.kind.group, resource: resource.kind.plural }, value(resource));
        }
      },
    });
  }
  const counters: [name: string, help: string, count: keyof WatchCache['counts']][] = [
    [
      'apiserver_watch_cache_initializations_total',
      'Counter of watch cache initializations broken by resource type.',
      'initializations',
    ],
    [
      'apiserver_init_events_total',
      'Counter of init events processed in watch cache broken by resource type.',
      'initialEvents',
    ],
    [
      'apiserver_watch_cache_events_received_total',
      'Counter of events received in watch cache broken by resource type.',
      'received',
    ],
    [
      'apiserver_watch_cache_events_dispatched_total',
      'Counter of events dispatched in watch cache broken by resource type.',
      'dispatched',
    ],
  ];
  for (const [name, help, count] of counters) {
    new Counter({
      name,
      help,
      labelNames: ['group', 'resource'],
      collect() {
        this.reset();
        for (const { kind, cache } of storing()) {
          this.inc({ group: kind.group, resource: kind.plural }, cache.counts[count]);
        }
      },
    });
  }
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    labelNames: ['resource'],
    collect() {
      this.reset();
      for (const { kind, cache } of storing()) {
        this.set({ resource: kind.group ? `${kind.plural}.${kind.group}` : kind.plural }, cache.size);
      }
    },
  });
  new Gauge({
    name: 'apiserver_registered_watchers',
    help: 'Number of currently registered watchers for a given resources',
    labelNames: ['group', 'version', 'kind'],
    collect() {
      this.reset();
      for (const { kind, cache } of storing()) {
        this.set({ group: kind.group, version: kind.version, kind: kind.kind }, cache.watchers);
      }
    },
  });
}
