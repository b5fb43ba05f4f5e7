/**
 * The figures of requests, with Kubernetes' names and labels.
 *
 * Upstream: apiserver/pkg/endpoints/metrics/metrics.go. Flow control has its own (`flow-control/metrics.ts`), and so have the
 * caches (`cache/metrics.ts`).
 */
import { Counter, exponentialBuckets, Gauge } from 'prom-client';
import {
  CounterFamily,
  type CounterSeries,
  HistogramFamily,
  type HistogramSeries,
} from '../client/component/metric-series.ts';
import { isLongRunning } from './flow-control/flow-control.ts';
import type { Call } from './request/call.ts';
import type { RequestInfo } from './request/info.ts';

const labelNames = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const;
type Labels = Record<(typeof labelNames)[number], string>;

const sliBuckets = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

const requests = new CounterFamily({
  name: 'apiserver_request_total',
  help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
});
const duration = new HistogramFamily({
  name: 'apiserver_request_duration_seconds',
  help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
  buckets: [0.005, 0.025, ...sliBuckets],
});
const sliDuration = new HistogramFamily({
  name: 'apiserver_request_sli_duration_seconds',
  help: 'Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.',
  buckets: sliBuckets,
});
const responseSizes = new HistogramFamily({
  name: 'apiserver_response_sizes',
  help: 'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
  buckets: exponentialBuckets(1000, 10, 7),
});
const longRunning = new Gauge({
  name: 'apiserver_longrunning_requests',
  help: 'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.',
  labelNames,
});
const terminations = new Counter({
  name: 'apiserver_request_terminations_total',
  help: 'Number of requests which apiserver terminated in self-defense.',
  labelNames: [...labelNames, 'code'],
});
const aborts = new Counter({
  name: 'apiserver_request_aborts_total',
  help: 'Number of requests that ended before they were answered, for each group, version, verb, resource, subresource and scope',
  labelNames: ['verb', 'group', 'version', 'resource', 'subresource', 'scope'],
});
export const tlsHandshakeErrors = new Counter({
  name: 'apiserver_tls_handshake_errors_total',
  help: "Number of requests dropped with 'TLS handshake error from' error",
});

const knownMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

function verbOf({ method, headers, info }: Call): string {
  if (isLongRunning(info) && info.verb !== 'watch') return 'CONNECT';
  if (info.verb === 'watch') return 'WATCH';
  if (info.verb === 'list') return 'LIST';
  if (method === 'HEAD') return 'GET';
  if (method === 'PATCH' && headers['content-type'] === 'application/apply-patch+yaml') return 'APPLY';
  return knownMethods.includes(method) ? method : 'other';
}

function scopeOf({ isResource, name, namespace, verb }: RequestInfo): string {
  if (name !== '' || verb === 'create') return 'resource';
  if (namespace !== '') return 'namespace';
  return isResource ? 'cluster' : '';
}

const dryRunOf = ({ query }: Call): string => {
  const given = query.get('dryRun');
  return given === null ? '' : given === 'All' ? 'All' : 'invalid';
};

/** Paths that nobody serves are counted without their names, so that guesses make no series. */
function labelsOf(call: Call, served: boolean): Labels {
  const { group, version, resource, subresource } = call.info;
  const names = served ? { group, version, resource, subresource } : unnamed;
  return { verb: verbOf(call), ...names, scope: scopeOf(call.info), component: 'apiserver' };
}

const unnamed = { group: '', version: '', resource: '', subresource: '' };

/** The series in which requests of one kind are counted. What such a request is not counted in is missing. */
interface SeriesOfRequest {
  labels: Labels;
  dryRun: string;
  byCode: Map<number, CounterSeries>;
  duration: HistogramSeries;
  sliDuration: HistogramSeries | undefined;
  size: HistogramSeries | undefined;
}

/** Found by one key: to put together and to hash the keys of all series takes as long as the rest of counting. */
const known = new Map<string, SeriesOfRequest>();

function seriesOf(call: Call, served: boolean): SeriesOfRequest {
  const labels = labelsOf(call, served);
  const dryRun = dryRunOf(call);
  const { verb, group, version, resource, subresource, scope } = labels;
  const key = `${verb} ${group} ${version} ${resource} ${subresource} ${scope}`;
  const keyWithDryRun = `${key} ${dryRun}`;
  let series = known.get(keyWithDryRun);
  if (!series) {
    series = {
      labels,
      dryRun,
      byCode: new Map(),
      duration: duration.at(keyWithDryRun, () => ({ ...labels, dry_run: dryRun })),
      sliDuration: isLongRunning(call.info) ? undefined : sliDuration.at(key, () => labels),
      size: verb === 'GET' || verb === 'LIST' ? responseSizes.at(key, () => labels) : undefined,
    };
    known.set(keyWithDryRun, series);
  }
  return series;
}

function countCode({ labels, dryRun, byCode }: SeriesOfRequest, code: number): void {
  let counter = byCode.get(code);
  if (!counter) {
    const all = { ...labels, dry_run: dryRun, code: String(code) };
    counter = requests.at(Object.values(all).join(' '), () => all);
    byCode.set(code, counter);
  }
  counter.inc();
  if (code === 429 || code === 504) terminations.inc({ ...labels, code: String(code) });
}

/** Counts a request that has been answered, with `bytes` of body. */
export function countRequest(call: Call, served: boolean, code: number, seconds: number, bytes: number): void {
  const series = seriesOf(call, served);
  countCode(series, code);
  series.duration.observe(seconds);
  series.sliDuration?.observe(Math.max(0, seconds - call.queuedSeconds));
  series.size?.observe(bytes);
}

/** Counts a request whose client went away before it had its answer. */
export function countAborted(call: Call): void {
  const { component: _, ...labels } = labelsOf(call, true);
  aborts.inc(labels);
}

/** Counts a watch, log or exec that has begun; call the result when it ends. */
export function countLongRunning(call: Call): () => void {
  const labels = labelsOf(call, true);
  longRunning.inc(labels);
  return () => longRunning.dec(labels);
}
