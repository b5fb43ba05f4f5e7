/** The server's figures, with Kubernetes' names. Upstream: apiserver/pkg/endpoints/metrics */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Resource } from './registry/resource.ts';
import type { Resources } from './registry/resources.ts';
import type { RequestInfo } from './request/info.ts';

const labelNames = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const;

const requests = new Counter({
  name: 'apiserver_request_total',
  help: 'Counter of apiserver requests broken out for each verb, group, version, resource, scope, and HTTP response code.',
  labelNames: [...labelNames, 'code'],
});
const duration = new Histogram({
  name: 'apiserver_request_duration_seconds',
  help: 'Response latency distribution in seconds for each verb, group, version, resource, subresource and scope.',
  labelNames: [...labelNames],
  buckets: [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 30, 60],
});
export const inflight = new Gauge({
  name: 'apiserver_current_inflight_requests',
  help: 'Number of requests being served, by request kind.',
  labelNames: ['request_kind'] as const,
});
const longRunning = new Gauge({
  name: 'apiserver_longrunning_requests',
  help: 'Gauge of all active long-running apiserver requests: watches, logs, execs.',
  labelNames: [...labelNames],
});

const labelsOf = (info: RequestInfo) => ({
  verb: info.verb.toUpperCase(),
  group: info.group,
  version: info.version,
  resource: info.resource,
  subresource: info.subresource,
  scope: !info.isResource ? '' : info.name ? 'resource' : info.namespace ? 'namespace' : 'cluster',
});

/** Counts a request that has been answered. Only paths that exist are counted by name, so that guesses make no series. */
export function countRequest(info: RequestInfo, code: number, seconds: number): void {
  const labels = labelsOf(code === 404 && !info.isResource ? { ...info, verb: 'other' } : info);
  if (code === 404 && info.isResource) Object.assign(labels, { group: '', version: '', resource: '', subresource: '' });
  requests.inc({ ...labels, code: String(code) });
  duration.observe(labels, seconds);
}

/** Counts a watch, log or exec that has begun; call the result when it ends. */
export function countLongRunning(info: RequestInfo): () => void {
  const labels = labelsOf(info);
  longRunning.inc(labels);
  return () => longRunning.dec(labels);
}

/** Figures of the caches, sampled when asked for. */
export function registerCacheMetrics(resources: Pick<Resources, 'all'>, revision: () => number): void {
  const name = ({ kind }: Resource): string => (kind.group ? `${kind.plural}.${kind.group}` : kind.plural);
  new Gauge({
    name: 'apiserver_storage_objects',
    help: 'Number of stored objects at the time of last check split by kind.',
    labelNames: ['resource'],
    collect() {
      for (const resource of resources.all()) this.set({ resource: name(resource) }, resource.cache.size);
    },
  });
  new Gauge({
    name: 'apiserver_registered_watchers',
    help: 'Number of currently registered watchers for a given resource.',
    labelNames: ['resource'],
    collect() {
      for (const resource of resources.all()) this.set({ resource: name(resource) }, resource.cache.watchers);
    },
  });
  new Gauge({
    name: 'apiserver_watch_cache_resource_version',
    help: 'Revision of the store up to which the watch caches are complete.',
    collect() {
      this.set(revision());
    },
  });
}
