/** The proxy's boot order. */
import { networkInterfaces } from 'node:os';
import { Gauge, Histogram } from 'prom-client';
import { endpointslices } from '../api/kinds/endpointslices.ts';
import { nodes } from '../api/kinds/nodes.ts';
import { services } from '../api/kinds/services.ts';
import { type Closer, serveHealth } from '../client/component/health.ts';
import type { Logger } from '../client/component/log.ts';
import { connect } from '../client/connect.ts';
import { type Outcome, runController } from '../client/controller.ts';
import { Informer, waitForSync } from '../client/informer.ts';
import { isOwn, readRoutes } from '../client/local-routes.ts';
import { WorkQueue } from '../client/work-queue.ts';
import { type ProxyFlags, parseHostPort } from './flags.ts';
import { ListenerSet } from './listener-set.ts';
import { nodePortAddresses, parseNodePortRule } from './node-port-addresses.ts';
import { planListeners } from './plan-listeners.ts';

const syncDuration = new Histogram({
  name: 'kubeproxy_sync_proxy_rules_duration_seconds',
  help: 'SyncProxyRules latency in seconds',
  buckets: Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i),
});

const lastSync = new Gauge({
  name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
  help: 'The last time proxy rules were successfully synced',
});

/** An address that cannot be listened on is tried again after this long. */
const retryMs = 5_000;
/** The queue has one key: every change asks for the whole plan to be made again. */
const everything = 'services';

export async function start(flags: ProxyFlags, logger: Logger): Promise<Closer> {
  const stop = new AbortController();
  const client = connect(flags, 'kube-proxy');
  const rule = parseNodePortRule(flags['nodeport-addresses']);
  const informers = {
    services: new Informer(client, services, { logger }),
    slices: new Informer(client, endpointslices, { logger }),
    nodes: new Informer(client, nodes, { logger }),
  };
  const listeners = new ListenerSet({ logger, readRoutes });
  const queue = new WorkQueue();
  for (const informer of Object.values(informers)) informer.onChange(() => queue.add(everything));

  const reconcile = async (): Promise<Outcome> => {
    const done = syncDuration.startTimer();
    const routes = readRoutes();
    const addresses = nodePortAddresses(
      rule,
      informers.nodes.list(),
      flags['hostname-override'],
      interfaceAddresses(),
      (address) => isOwn(address, routes),
    );
    const plans = planListeners(informers.services.list(), informers.slices.list(), addresses);
    const complete = await listeners.apply(plans);
    done();
    lastSync.setToCurrentTime();
    if (!complete) return { requeueAfterMs: retryMs };
  };

  const checks = {
    informers: () => {
      if (!Object.values(informers).every((informer) => informer.hasSynced))
        throw new Error('not synced with the API server yet');
    },
    listeners: () => listeners.check(),
  };
  const health = await serveHealth({ ...parseHostPort('healthz-bind-address', flags), checks });
  const metrics = await serveHealth({ ...parseHostPort('metrics-bind-address', flags), checks });
  for (const informer of Object.values(informers)) informer.start(stop.signal);
  const done = waitForSync(Object.values(informers), stop.signal).then(() =>
    runController({ name: 'proxy', queue, workers: 1, reconcile, logger }, stop.signal),
  );

  return {
    async close() {
      stop.abort();
      await done;
      listeners.closeAll();
      await Promise.all([health.close(), metrics.close()]);
      client.close();
    },
  };
}

const interfaceAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
