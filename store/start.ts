/** Starts the store: opens the data, listens, compacts by itself. Stops in reverse. */
import { resolve } from 'node:path';
import { type Closer, serveHealth } from '../client/component/health.ts';
import type { Logger } from '../client/component/log.ts';
import { parseRetention, startAutoCompaction } from './auto-compact.ts';
import { createServer } from './grpc.ts';
import { handlers } from './handlers.ts';
import { answerEtcdHealth } from './health.ts';
import { collectOldGenerationRarely, keepYoungGenerationSmall } from './heap.ts';
import { listen, parseClientUrl, type TlsFiles } from './listen.ts';
import { sampleGauge } from './metrics.ts';
import { openStore } from './open.ts';
import type { Store } from './store.ts';

export interface StoreConfig {
  name: string;
  dataDir: string;
  /** None: a socket in the data directory. */
  listenClientUrls: string[];
  /** `http://host:port` of health and metrics. */
  listenMetricsUrls: string[];
  tls: TlsFiles;
  quotaBytes: number;
  maxRequestBytes: number;
  autoCompactionMode: string;
  autoCompactionRetention: string;
  progressIntervalMs: number;
}

export interface StoreDeps {
  logger: Logger;
  /** Ends the process: called when a write to disk failed. */
  onFailure: (error: Error) => void;
}

/** Resolves once the store serves. */
export async function start(config: StoreConfig, { logger, onFailure }: StoreDeps): Promise<Closer> {
  const dataDir = resolve(config.dataDir);
  const urls = config.listenClientUrls.length > 0 ? config.listenClientUrls : [`unix://${dataDir}/store.sock`];
  for (const url of urls) parseClientUrl(url);
  const metricsAddresses = config.listenMetricsUrls.map(parseMetricsUrl);
  const retention = parseRetention(config.autoCompactionMode, config.autoCompactionRetention);
  const { quotaBytes, maxRequestBytes, progressIntervalMs, name } = config;

  keepYoungGenerationSmall();
  collectOldGenerationRarely();
  const store = await openStore({
    dataDir,
    quotaBytes,
    onFailure,
    progressIntervalMs,
    now: () => performance.now(),
    logger,
  });
  registerGauges(store);
  const clientUrls: string[] = [];
  const server = createServer(handlers(store, { maxRequestBytes, name, clientUrls, logger }), maxRequestBytes);
  for (const url of urls) clientUrls.push(await listen(server, url, config.tls, logger));
  const checks = { data: () => store.mvcc.commit.check() };
  const answer = (url: URL): ReturnType<typeof answerEtcdHealth> => answerEtcdHealth(store, url);
  const health = await Promise.all(metricsAddresses.map((address) => serveHealth({ ...address, checks, answer })));
  const stopAutoCompaction = startAutoCompaction(store, retention, logger);
  const { revision, compactRevision } = store.mvcc;
  logger.info({ dataDir, clientUrls, revision, compactRevision }, 'Serving');

  return {
    async close() {
      stopAutoCompaction();
      await Promise.all(health.map((one) => one.close()));
      // Watches never end by themselves.
      await server.close();
      await store.close();
    },
  };
}

function parseMetricsUrl(url: string): { host: string; port: number } {
  const [, host, port] = /^http:\/\/([^:/]+):(\d+)\/?$/.exec(url) ?? [];
  if (!host) throw new Error(`invalid metrics URL "${url}": expected http://host:port`);
  return { host, port: Number(port) };
}

function registerGauges({ mvcc, hub, lessor, quota }: Store): void {
  sampleGauge('etcd_debugging_mvcc_current_revision', 'The current revision of the store.', () => mvcc.revision);
  sampleGauge(
    'etcd_debugging_mvcc_compact_revision',
    'The revision of the last compaction.',
    () => mvcc.compactRevision,
  );
  sampleGauge('etcd_debugging_mvcc_watch_stream_total', 'Total number of watch streams.', () => hub.streams.size);
  sampleGauge('etcd_debugging_mvcc_watcher_total', 'Total number of watchers that are up to date.', () => hub.size);
  sampleGauge('etcd_debugging_lease_active', 'The number of leases.', () => lessor.all().length);
  sampleGauge('etcd_mvcc_db_total_size_in_bytes', 'Size of the database on disk in bytes.', () => quota.measure());
  sampleGauge(
    'etcd_server_quota_backend_bytes',
    'Current backend storage quota size in bytes.',
    () => quota.limitBytes,
  );
}
