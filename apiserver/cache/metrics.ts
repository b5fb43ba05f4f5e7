/**
 * Figures of the caches, sampled when asked for.
 * Upstream: apiserver/pkg/storage/{cacher,etcd3}/metrics/metrics.go, endpoints/metrics
 */
import { Gauge } from 'prom-client';
import type { Resource } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';

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
