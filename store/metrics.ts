/**
 * The store's Prometheus figures, under etcd's names. Gauges are sampled by the parts that own the figure.
 *
 * Upstream: server/storage/mvcc/metrics.go, server/lease/metrics.go
 */
import { Counter, Gauge, Histogram } from 'prom-client';

const counter = (name: string, help: string): Counter => new Counter({ name, help });
const syncBuckets = Array.from({ length: 14 }, (_, i) => 0.0001 * 2 ** i);

export const metrics = {
  puts: counter('etcd_mvcc_put_total', 'Total number of puts seen by this member.'),
  deletes: counter('etcd_mvcc_delete_total', 'Total number of deletes seen by this member.'),
  ranges: counter('etcd_mvcc_range_total', 'Total number of ranges seen by this member.'),
  txns: counter('etcd_mvcc_txn_total', 'Total number of txns seen by this member.'),
  events: counter('etcd_debugging_mvcc_events_total', 'Total number of events sent by this member.'),
  leasesGranted: counter('etcd_debugging_lease_granted_total', 'The total number of granted leases.'),
  leasesRevoked: counter('etcd_debugging_lease_revoked_total', 'The total number of revoked leases.'),
  leasesRenewed: counter('etcd_debugging_lease_renewed_total', 'The number of renewed leases.'),
  leasesExpired: counter('etcd_server_lease_expired_total', 'The total number of expired leases.'),
  walFsyncSeconds: new Histogram({
    name: 'etcd_disk_wal_fsync_duration_seconds',
    help: 'The latency distributions of synced batches of the database.',
    buckets: syncBuckets,
  }),
};

/** Registers a figure that is read when somebody asks.. */
export function sampleGauge(name: string, help: string, sample: () => number | Promise<number>): Gauge {
  return new Gauge({
    name,
    help,
    async collect() {
      this.set(await sample());
    },
  });
}
