/**
 * The figures of encryption, with Kubernetes' names.
 * Upstream: apiserver/pkg/storage/value/metrics.go, server/options/encryptionconfig/metrics/metrics.go
 */
import { Counter, exponentialBuckets, Gauge } from 'prom-client';
import { CounterFamily, HistogramFamily } from '../../../client/component/metric-series.ts';

const duration = new HistogramFamily({
  name: 'apiserver_storage_transformation_duration_seconds',
  help: 'Latencies in seconds of value transformation operations.',
  buckets: exponentialBuckets(5e-6, 2, 25),
});
const operations = new CounterFamily({
  name: 'apiserver_storage_transformation_operations_total',
  help: "Total number of transformations. Successful transformation will have a status 'OK' and a varied status string when the transformation fails.",
});
const reloads = new Counter({
  name: 'apiserver_encryption_config_controller_automatic_reloads_total',
  help: 'Total number of reload successes and failures of encryption configuration.',
  labelNames: ['status'],
});
const reloadedAt = new Gauge({
  name: 'apiserver_encryption_config_controller_automatic_reload_last_timestamp_seconds',
  help: 'Timestamp of the last successful or failed automatic reload of encryption configuration.',
  labelNames: ['status'],
});

/** Counts and times a transformation. */
export function countTransformation<T>(
  resource: string,
  type: 'to_storage' | 'from_storage',
  prefix: string,
  transform: () => T,
): T {
  const began = performance.now();
  let status = 'Unknown';
  try {
    const result = transform();
    status = 'OK';
    return result;
  } finally {
    const labels = { resource, transformation_type: type, transformer_prefix: prefix };
    const key = `${resource} ${type} ${prefix}`;
    operations.at(`${key} ${status}`, () => ({ ...labels, status })).inc();
    if (status === 'OK') duration.at(key, () => labels).observe((performance.now() - began) / 1000);
  }
}

export function countReload(status: 'success' | 'failure'): void {
  reloads.inc({ status });
  reloadedAt.set({ status }, Date.now() / 1000);
}
