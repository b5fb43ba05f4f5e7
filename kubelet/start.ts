/**
 * Boots a kubelet and stops it again. Containers outlive it: the next kubelet of this node finds them by their labels.
 *
 * Upstream: cmd/kubelet/app/server.go, pkg/kubelet/kubelet.go (Run)
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { pods } from '../api/kinds/pods.ts';
import { secrets } from '../api/kinds/secrets.ts';
import { services } from '../api/kinds/services.ts';
import type { Pod, Secret } from '../api/types.ts';
import type { FlagValues } from '../client/component/flags.ts';
import { type Checks, type Closer, serveHealth } from '../client/component/health.ts';
import type { Logger } from '../client/component/log.ts';
import { EventRecorder } from '../client/events.ts';
import { Informer, waitForSync } from '../client/informer.ts';
import { connectKubelet, servingCertificate } from './certificates/kubelet-certificates.ts';
import { createRuntime } from './create-runtime.ts';
import type { kubeletFlags } from './flags.ts';
import { credentialsFor } from './images/image-credentials.ts';
import { ImagePuller } from './images/image-puller.ts';
import { readMachine } from './node/machine.ts';
import { parseLabels, parseTaints } from './node/node-labels.ts';
import { keepNodeLease } from './node/node-lease.ts';
import { NodeManager } from './node/node-manager.ts';
import { ObjectReader } from './pods/object-reader.ts';
import { PodCache } from './pods/pod-cache.ts';
import { containerEvent } from './pods/pod-events.ts';
import { PodStatusWriter } from './pods/pod-status-writer.ts';
import { PodWorkers } from './pods/pod-workers.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { createAdmit } from './server/auth/admit.ts';
import { serveKubelet } from './server/server.ts';
import { requestTokenFrom, TokenManager } from './volumes/token-manager.ts';
import { watchRuntime } from './watch-runtime.ts';

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

export async function startKubelet(flags: FlagValues<typeof kubeletFlags>, logger: Logger): Promise<Closer> {
  const nodeName = (flags['hostname-override'] || hostname()).toLowerCase();
  const nodeIP = flags['node-ip'];
  const rootDirectory = flags['root-dir'];
  const labels = parseLabels(flags['node-labels']);
  const taints = parseTaints(flags['register-with-taints']);
  const abort = new AbortController();
  const { signal } = abort;
  const client = await connectKubelet(flags, nodeName, logger, signal);
  const certificate = servingCertificate(flags, nodeName, client, logger, signal);
  const runtime = await createRuntime(flags, nodeName);
  const machine = await readMachine(rootDirectory);
  const { name: runtimeName } = await runtime.version();

  const recorder = new EventRecorder(client, { component: 'kubelet', host: nodeName }, logger);
  const node = new NodeManager(
    client,
    runtime,
    machine,
    {
      name: nodeName,
      nodeIP,
      port: flags.port,
      maxPods: flags['max-pods'],
      labels,
      taints,
      register: flags['register-node'],
      statusUpdateMs: flags['node-status-update-frequency'],
      statusReportMs: flags['node-status-report-frequency'],
      rootDirectory,
    },
    recorder,
    logger,
  );
  const serviceInformer = new Informer(client, services, { logger });
  const podInformer = new Informer(client, pods, { fieldSelector: `spec.nodeName=${nodeName}`, logger });

  const objects = new ObjectReader(client);
  const podsDirectory = join(rootDirectory, 'pods');
  // Tokens and Secrets lie there, in files that every user of a container may read.
  mkdirSync(podsDirectory, { recursive: true, mode: 0o750 });
  const podDirectory = (uid: string): string => join(podsDirectory, uid);
  const cache = new PodCache(runtime, podDirectory);
  const event: ConstructorParameters<typeof ImagePuller>[0]['event'] = (...about) => containerEvent(recorder, ...about);
  const wake = (uid: string): void => workers.wake(uid);
  const pullSecrets = async (pod: Pod): Promise<Secret[]> => {
    const names = (pod.spec?.imagePullSecrets ?? []).map((reference) => reference.name ?? '');
    const found = await Promise.allSettled(names.map((name) => client.of(secrets).get(name, pod.metadata.namespace)));
    return found.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  };
  const images = new ImagePuller({
    images: runtime.images,
    event,
    credentials: async (pod, image) => credentialsFor(image, await pullSecrets(pod)),
    wake,
    now: Date.now,
    signal,
  });
  const probes = new ProbeManager({ runtime, event, wake });
  const tokens = new TokenManager({ request: requestTokenFrom(client), now: Date.now, random: Math.random, logger });
  const uids = new Map<string, Pod>();
  const statuses = new PodStatusWriter(client, (uid) => uids.get(uid), logger);
  const workers = new PodWorkers({
    runtime,
    runtimeName,
    images,
    recorder,
    probes,
    tokens,
    cache,
    statuses,
    hostIP: nodeIP,
    memoryCapacity: machine.memoryBytes,
    sources: {
      configMap: objects.configMap,
      secret: objects.secret,
      get services() {
        return serviceInformer.list();
      },
      get allocatable() {
        return node.allocatable;
      },
    },
    dns: {
      clusterDns: flags['cluster-dns'],
      clusterDomain: flags['cluster-domain'],
      hostResolvConf: readText(flags['resolv-conf']),
    },
    hostsOfNode: readText('/etc/hosts'),
    podDirectory,
    signal,
    logger,
  });

  const checks: Checks = {
    syncloop: () => {
      if (!podInformer.hasSynced) throw new Error('the pods of this node are not known yet');
    },
  };
  const server = await serveKubelet({
    host: flags.address || nodeIP,
    port: flags.port,
    certificate,
    clientCaFile: flags['client-ca-file'],
    admit: createAdmit(client, nodeName, flags, logger),
    nodeName,
    runtime,
    lookup: { find: (namespace, name) => workers.find(namespace, name), observe: (uid) => cache.get(uid) },
    pods: () => workers.list(),
    checks,
    idleTimeoutMs: flags['streaming-connection-idle-timeout'],
    logger,
  });
  const health = await serveHealth({
    host: flags['healthz-bind-address'] || nodeIP,
    port: flags['healthz-port'],
    checks,
  });

  const nodeRunning = node.run(signal);
  void keepNodeLease(client, nodeName, () => node.node, flags['node-lease-duration-seconds'], logger, signal);
  serviceInformer.start(signal);
  podInformer.onChange((change, pod, old) => {
    const uid = pod.metadata.uid ?? '';
    // A pod may have been replaced by one of the same name while the connection was away.
    if (old && old.metadata.uid !== uid) {
      uids.delete(old.metadata.uid ?? '');
      workers.remove(old);
    }
    if (change === 'delete') {
      uids.delete(uid);
      workers.remove(pod);
    } else {
      uids.set(uid, pod);
      workers.set(pod);
    }
  });
  podInformer.start(signal);
  const synced = waitForSync([podInformer, serviceInformer], signal);
  const working = synced.then((ready) =>
    ready
      ? Promise.all([
          workers.run(signal),
          statuses.run(signal),
          watchRuntime(runtime, cache, workers, podsDirectory, logger, signal),
        ])
      : undefined,
  );

  return {
    async close() {
      abort.abort();
      probes.close();
      await Promise.all([health.close(), server.close(), nodeRunning, working]);
      await recorder.flush();
      client.close();
    },
  };
}
