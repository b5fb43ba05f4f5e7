/** Boot order of the apiserver. Closes in reverse. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { allKinds } from '../api/kinds/all.ts';
import type { Checks, Closer } from '../client/component/health.ts';
import type { Logger } from '../client/component/log.ts';
import { EtcdClient } from '../client/etcd/client.ts';
import { admissionPlugins } from './admission/chain.ts';
import { keepPolicyStatus } from './admission/policy/type-checking/keep-status.ts';
import { Aggregator } from './aggregator/aggregator.ts';
import { publishTrust } from './aggregator/publish-trust.ts';
import { registerDefinitions } from './aggregator/register-definitions.ts';
import { numberToIp, usableAddresses } from './allocation/ipv4-range.ts';
import type { Auditing } from './audit/create-auditor.ts';
import { nobody } from './authn/authenticator.ts';
import { createAuthenticator, tokenIssuerOf } from './authn/create-authenticator.ts';
import { keepDefaultRoles } from './authz/bootstrap/keep-defaults.ts';
import { createAuthorizer } from './authz/create-authorizer.ts';
import { keepKubernetesService } from './bootstrap/kubernetes-service.ts';
import { createSystemNamespaces } from './bootstrap/system-namespaces.ts';
import { createSystemObjects } from './bootstrap/system-objects.ts';
import { ConsistentReads } from './cache/consistent.ts';
import { Feed } from './cache/feed.ts';
import { registerCacheMetrics } from './cache/metrics.ts';
import { Definitions } from './crd/definitions.ts';
import type { Flags } from './flags.ts';
import type { FlowControl } from './flow-control/flow-control.ts';
import { keepConfiguration } from './flow-control/keep-configuration.ts';
import { MaxInFlight } from './flow-control/max-in-flight.ts';
import { registerFlowMetrics } from './flow-control/metrics.ts';
import { PriorityAndFairness } from './flow-control/priority-and-fairness.ts';
import { countBuffersWithHeap } from './heap.ts';
import { advertiseAddress, listen } from './listen.ts';
import { nonResource } from './non-resource.ts';
import type { Registry } from './registry/registry.ts';
import { builtInResources } from './registry/resource.ts';
import { Resources } from './registry/resources.ts';
import type { Call } from './request/call.ts';
import { createServer } from './server.ts';
import { Shutdown } from './shutdown.ts';
import type { Encryption } from './storage/encryption/encryption.ts';
import { Storage } from './storage/storage.ts';

/** How long the store may take to appear before the start fails. */
const storeTimeoutMs = 20_000;

/** Starts the server. Resolves once it listens and its caches are loaded. */
export async function start(flags: Flags, logger: Logger): Promise<Closer> {
  countBuffersWithHeap();
  const cert = requiredFile(flags, 'tls-cert-file');
  const key = requiredFile(flags, 'tls-private-key-file');
  const clientCa = optionalFile(flags['client-ca-file']);
  const requestHeaderCa = optionalFile(flags['requestheader-client-ca-file']);
  const auditing = await auditingOf(flags, logger);

  const client = new EtcdClient({
    endpoint: flags['etcd-servers'],
    tls: { caFile: flags['etcd-cafile'], certFile: flags['etcd-certfile'], keyFile: flags['etcd-keyfile'] },
  });
  const resources = new Resources(builtInResources(allKinds));
  const encryption = await encryptionOf(flags, logger);
  const storage = new Storage(client, (key) => resources.kindOf(key), encryption?.transformerOf);
  const feed = new Feed({ client, storage, caches: resources, logger });
  const ended = new AbortController();
  await untilStoreAnswers(feed, ended.signal, logger);
  if (flags['encryption-provider-config-automatic-reload']) encryption?.follow(ended.signal, () => feed.reread());
  const { progress } = feed;
  registerCacheMetrics(resources, () => progress.revision);

  const registry: Registry = {
    storage,
    progress,
    reads: new ConsistentReads(storage, progress),
    resources,
    authorizer: createAuthorizer(resources, flags['authorization-mode']),
    authenticator: nobody,
    admission: [],
    kubelet: {
      cert: optionalFile(flags['kubelet-client-certificate']),
      key: optionalFile(flags['kubelet-client-key']),
      ca: optionalFile(flags['kubelet-certificate-authority']),
      timeoutMs: flags['kubelet-timeout'],
    },
    tokenIssuer: tokenIssuerOf(flags),
    logger,
    now: () => new Date(),
  };
  registry.authenticator = await createAuthenticator(flags, registry, ended.signal);
  registry.admission = admissionPlugins(registry, flags);
  await createSystemNamespaces(registry);
  if (flags['authorization-mode'].includes('RBAC')) await keepDefaultRoles(registry);
  const definitions = new Definitions(registry, feed);
  registry.findDefined = (group, version, plural) => definitions.find(group, version, plural);
  await definitions.start(ended.signal);
  await createSystemObjects(registry, flags['service-cluster-ip-range']);
  const stopConfiguring = await keepConfiguration(registry);
  await publishTrust(registry, {
    clientCa: clientCa?.toString(),
    requestHeaderCa: requestHeaderCa?.toString(),
    flags,
  });
  const aggregator = new Aggregator(registry, {
    cert: optionalFile(flags['proxy-client-cert-file']),
    key: optionalFile(flags['proxy-client-key-file']),
  });
  aggregator.start(ended.signal);
  registerDefinitions(registry, ended.signal);
  keepPolicyStatus(registry, ended.signal);
  const address = advertiseAddress(flags);
  const port = flags['secure-port'];
  const clusterIP = numberToIp(usableAddresses(flags['service-cluster-ip-range']).first);
  const stopKeeping = await keepKubernetesService(registry, { clusterIP, address, port });

  const shutdown = new Shutdown({
    delayMs: flags['shutdown-delay-duration'],
    sendRetryAfter: flags['shutdown-send-retry-after'],
    streamGraceMs: flags['shutdown-watch-termination-grace-period'],
  });
  const liveness: Checks = { log: () => flushed(logger) };
  const readiness: Checks = {
    ...liveness,
    etcd: () => storage.currentRevision().then(() => undefined),
    'informer-sync': () => {
      if (progress.revision === 0) throw new Error('the caches have not been loaded');
    },
    shutdown: () => shutdown.check(),
  };
  const chain = {
    auditor: auditing?.auditor,
    registry,
    flowControl: flowControlOf(flags, resources),
    passOn: (call: Call) => aggregator.answer(call),
    answerNonResource: nonResource(
      resources,
      aggregator,
      { readiness, liveness },
      `${address}:${port}`,
      registry.tokenIssuer,
    ),
  };
  const server = createServer(chain, {
    tls: { cert, key, clientCa: bundleOf(clientCa, requestHeaderCa) },
    requestTimeoutMs: flags['request-timeout'],
    logger,
    shutdown,
  });
  const listening = await listen(server, flags);

  return {
    async close() {
      stopKeeping();
      stopConfiguring();
      await shutdown.run(listening);
      await auditing?.close();
      ended.abort();
      client.close();
    },
  };
}

/** The certificates of all CAs that may have signed a client's. */
function bundleOf(...authorities: (Buffer | undefined)[]): Buffer | undefined {
  const given = authorities.filter((ca) => ca !== undefined);
  return given.length === 0 ? undefined : Buffer.concat(given.flatMap((ca) => [ca, Buffer.from('\n')]));
}

/** Undefined where nothing is encrypted. */
async function encryptionOf(flags: Flags, logger: Logger): Promise<Encryption | undefined> {
  const file = flags['encryption-provider-config'];
  if (file) return (await import('./storage/encryption/encryption.ts')).Encryption.load(file, logger);
  if (!flags['encryption-provider-config-automatic-reload']) return undefined;
  throw new Error('--encryption-provider-config-automatic-reload must be set with --encryption-provider-config');
}

async function auditingOf(flags: Flags, logger: Logger): Promise<Auditing | undefined> {
  if (flags['audit-policy-file']) return (await import('./audit/create-auditor.ts')).createAuditing(flags, logger);
  if (flags['audit-log-path'] || flags['audit-webhook-config-file']) {
    logger.warn('No audit policy file is given, so no events are recorded');
  }
  return undefined;
}

function flowControlOf(flags: Flags, resources: Resources): FlowControl {
  const { 'max-requests-inflight': reads, 'max-mutating-requests-inflight': writes } = flags;
  if (!flags['enable-priority-and-fairness']) return new MaxInFlight(reads, writes);
  if (reads + writes <= 0) {
    throw new Error(
      '--enable-priority-and-fairness needs --max-requests-inflight and --max-mutating-requests-inflight to have a sum above 0',
    );
  }
  const group = 'flowcontrol.apiserver.k8s.io';
  const flowControl = new PriorityAndFairness({
    schemas: resources.must(group, 'flowschemas').cache,
    levels: resources.must(group, 'prioritylevelconfigurations').cache,
    seats: reads + writes,
    waitMs: flags['request-timeout'] / 4,
    stored: (info) => resources.find(info.group, info.version, info.resource)?.cache.size ?? 0,
  });
  registerFlowMetrics(flowControl);
  return flowControl;
}

function requiredFile(flags: Flags, name: 'tls-cert-file' | 'tls-private-key-file'): Buffer {
  const path = flags[name];
  if (!path) throw new Error(`--${name} is required`);
  return readFileSync(path);
}

/** Rejects when log lines cannot be written. */
const flushed = (logger: Logger): Promise<void> =>
  new Promise((resolve, reject) => logger.flush((error) => (error ? reject(error) : resolve())));

const optionalFile = (path: string | undefined): Buffer | undefined => (path ? readFileSync(path) : undefined);

/** The store may be starting at this very moment, so its absence is an error only after a while. */
async function untilStoreAnswers(feed: Feed, signal: AbortSignal, logger: Logger): Promise<void> {
  const deadline = Date.now() + storeTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await feed.start(signal);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      if (attempt === 1) logger.warn({ err: error }, 'The store does not answer yet');
      await sleep(100);
    }
  }
}
