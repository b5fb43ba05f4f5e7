/**
 * The figures of requests to the store, with Kubernetes' names.
 * Upstream: apiserver/pkg/storage/etcd3/metrics/metrics.go
 */
import { CounterFamily, HistogramFamily } from '../../client/component/metric-series.ts';

const duration = new HistogramFamily({
  name: 'etcd_request_duration_seconds',
  help: 'Etcd request latency in seconds for each operation and object type.',
  buckets: [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60],
});
const requests = new CounterFamily({
  name: 'etcd_requests_total',
  help: 'Etcd request counts for each operation and object type.',
});
const errors = new CounterFamily({
  name: 'etcd_request_errors_total',
  help: 'Etcd failed request counts for each operation and object type.',
});

/** What kind of object a key is of; undefined for a key that belongs to none. */
export type KindOfKey = (key: string) => { group: string; plural: string } | undefined;

/** Counts a request that began at `began` (performance.now) and has ended. */
export function countRequest(operation: string, kind: ReturnType<KindOfKey>, began: number, failed: boolean): void {
  const { group = '', plural: resource = '' } = kind ?? {};
  const key = `${operation} ${group} ${resource}`;
  const labels = () => ({ operation, group, resource });
  duration.at(key, labels).observe((performance.now() - began) / 1000);
  requests.at(key, labels).inc();
  if (failed) errors.at(key, labels).inc();
}
