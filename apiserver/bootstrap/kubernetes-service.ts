/**
 * The Service `kubernetes` in `default`, through which pods reach this server: kept, with its Endpoints and its
 * EndpointSlice, by the apiserver itself. One server is assumed; several would have to share the endpoints.
 *
 * Upstream: pkg/controlplane/controller/kubernetesservice, reconcilers
 */
import { ApiError } from '../../api/errors.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { EndpointSlice, Endpoints, KubeObject, Service } from '../../api/types.ts';
import { create } from '../registry/create.ts';
import type { Registry } from '../registry/registry.ts';
import { update } from '../registry/update.ts';
import { ownWrite } from '../registry/write-options.ts';

export interface AdvertisedServer {
  /** Cluster IP of the Service. */
  clusterIP: string;
  address: string;
  port: number;
}

const everyMs = 10_000;
const metadata = { name: 'kubernetes', namespace: 'default' };

/** Makes the objects now, and again whenever somebody has changed them. Returns how to stop. */
export async function keepKubernetesService(registry: Registry, server: AdvertisedServer): Promise<() => void> {
  await reconcile(registry, server);
  const timer = setInterval(() => {
    reconcile(registry, server).catch((error) => {
      registry.logger.warn({ err: error }, 'Cannot keep the kubernetes Service up to date');
    });
  }, everyMs);
  return () => clearInterval(timer);
}

async function reconcile(registry: Registry, { clusterIP, address, port }: AdvertisedServer): Promise<void> {
  await ensure<Service>(registry, '', 'services', {
    metadata: { ...metadata, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    },
  });
  // A server that listens on the loopback address alone cannot be reached by pods, and endpoints may not say so.
  if (isLoopback(address)) return;
  await ensure<Endpoints>(registry, '', 'endpoints', {
    metadata: { ...metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', protocol: 'TCP', port }] }],
  });
  await ensure<EndpointSlice>(registry, 'discovery.k8s.io', 'endpointslices', {
    metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', protocol: 'TCP', port }],
  });
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** Creates the object, or makes the parts that are given as they are given. */
async function ensure<T extends KubeObject>(
  registry: Registry,
  group: string,
  plural: string,
  wanted: T,
): Promise<void> {
  const resource = registry.resources.must(group, plural);
  const { name, namespace } = metadata;
  const stored = resource.cache.get(`${namespace}/${name}`)?.object;
  if (!stored) {
    try {
      await create(registry, resource, namespace, structuredClone(wanted), ownWrite('kube-apiserver'));
      return;
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'AlreadyExists')) throw error;
    }
  }
  if (stored && includes(stored, wanted)) return;
  await update(
    registry,
    resource,
    namespace,
    name,
    (current) => structuredClone(overlay(current, wanted)),
    ownWrite('kube-apiserver'),
  );
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether every field of `wanted` is so in `stored`. */
const includes = (stored: unknown, wanted: unknown): boolean =>
  isObject(stored) && isObject(wanted)
    ? Object.keys(wanted).every((key) => includes(stored[key], wanted[key]))
    : isEqual(stored, wanted);

const overlay = <T>(stored: T, wanted: T): T =>
  isObject(stored) && isObject(wanted)
    ? ({
        ...stored,
        ...Object.fromEntries(Object.keys(wanted).map((key) => [key, overlay(stored[key], wanted[key])])),
      } as T)
    : wanted;
