/** Serving: the flags of the real etcd, and a store that runs until it is told to stop. Imported by `main.ts`. */
import type { FlagTable } from '../client/component/flags.ts';
import { runComponent } from '../client/component/run.ts';
import { start } from './start.ts';

const defaultQuotaBytes = 2 * 1024 ** 3;

const flags = {
  name: { type: 'string', default: 'default', help: 'Human-readable name for this member.' },
  'data-dir': { type: 'string', default: 'default.etcd', help: 'Path to the data directory.' },
  'listen-client-urls': {
    type: 'list',
    default: '',
    help: 'URLs to listen on: unix:///path, https://host:port, or http:// on loopback. Empty: store.sock in the data directory.',
  },
  'listen-metrics-urls': { type: 'list', default: '', help: 'URLs to serve health and metrics on: http://host:port.' },
  'cert-file': { type: 'string', help: 'Path to the TLS cert file of the https URLs.' },
  'key-file': { type: 'string', help: 'Path to the TLS key file of the https URLs.' },
  'trusted-ca-file': { type: 'string', help: 'Path to the CA certificate that client certificates are checked with.' },
  'client-cert-auth': { type: 'bool', default: 'false', help: 'Enable client cert authentication.' },
  'quota-backend-bytes': {
    type: 'int',
    default: '0',
    help: 'Refuse writes when the database exceeds this size. 0 means 2 GiB, a negative number no limit.',
  },
  'max-request-bytes': { type: 'int', default: '1572864', help: 'Maximum size in bytes of a request that writes.' },
  'auto-compaction-mode': {
    type: 'string',
    default: 'periodic',
    choices: ['periodic', 'revision'],
    help: "How 'auto-compaction-retention' is read: as a time or as a number of revisions.",
  },
  'auto-compaction-retention': { type: 'string', default: '1h', help: 'History to keep. 0 keeps all of it.' },
  'watch-progress-notify-interval': {
    type: 'duration',
    default: '10m',
    help: 'Interval of progress notifications to watchers without events.',
  },
} as const satisfies FlagTable;

await runComponent({
  name: 'etcd',
  summary: `The watchable key-value store of the cluster, speaking the etcd v3 API.

Commands beside serving, each with its own --help:
  snapshot save|status|restore   Manages snapshots.
  dump                           Prints keys, generations and revisions of a stopped store or a snapshot.`,
  flags,
  start: (values, logger) =>
    start(
      {
        name: values.name,
        dataDir: values['data-dir'],
        listenClientUrls: values['listen-client-urls'],
        listenMetricsUrls: values['listen-metrics-urls'],
        tls: {
          certFile: values['cert-file'],
          keyFile: values['key-file'],
          trustedCaFile: values['trusted-ca-file'],
          clientCertAuth: values['client-cert-auth'],
        },
        quotaBytes: values['quota-backend-bytes'] || defaultQuotaBytes,
        maxRequestBytes: values['max-request-bytes'],
        autoCompactionMode: values['auto-compaction-mode'],
        autoCompactionRetention: values['auto-compaction-retention'],
        progressIntervalMs: values['watch-progress-notify-interval'],
      },
      {
        logger,
        onFailure: (error) => {
          // Thrown out of every promise, it reaches the handler that logs it and ends the process.
          process.nextTick(() => {
            throw error;
          });
        },
      },
    ),
});
