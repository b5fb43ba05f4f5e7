/**
 * The figures of requests to the store, with Kubernetes' names.
 * Upstream: apiserver/pkg/storage/etcd3/metrics/metrics.go
 */
import { Counter, Histogram } from 'prom-client';

const labelNames = ['operation', 'group', 'resource'] as const;

const duration = new Histogram({
  name: 'etcd_request_duration_seconds',
  help: 'Etcd request latency in seconds for each operation and object type.',
  labelNames,
  buckets: [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
});
const requests = new Counter({
  name: 'etcd_requests_total',
  help: 'Etcd request counts for each operation and object type.',
  labelNames,
});
const errors = new Counter({
  name: 'etcd_request_errors_total',
  help: 'Etcd failed request counts for each operation and object type.',
  labelNames,
});

/** What kind of object a key is of; undefined for a key that belongs to none. */
export type KindOfKey = (key: string) => { group: string; plural: string } | undefined;

/** Counts a request that began at `began` (performance.now) and has ended. */
export function countRequest(operation: string, kind: ReturnType<KindOfKey>, began: number, failed: boolean): void {
  const labels = { operation, group: kind?.group ?? '', resource: kind?.plural ?? '' };
  duration.observe(labels, (performance.now() - began) / 1000);
  requests.inc(labels);
  if (failed) errors.inc(labels);
}
