/**
 * Where the proxy should listen and what is behind each address: pure, from Services and their EndpointSlices.
 *
 * A Service port without a usable endpoint gets no listener, so that its clients are refused at once.
 *
 * Upstream: pkg/proxy/serviceport.go, endpointslicecache.go, topology.go. Left out: IPv6, external and load-balancer
 * addresses, topology hints; internalTrafficPolicy, because one proxy serves all nodes of its machine.
 */
import type { Endpoint, EndpointSlice, Service, ServicePort } from '../api/types.ts';

export interface Backend {
  address: string;
  port: number;
}

/** One address to listen on. */
export interface ListenerPlan {
  /** `TCP 10.96.0.5:80` */
  key: string;
  protocol: string;
  address: string;
  port: number;
  /** For people: `default/web:http`. */
  servicePort: string;
  /** In a fixed order, so that equal plans compare equal. */
  backends: Backend[];
  /** How long a client stays with its backend; absent: every connection is for whoever is next. */
  affinityMs?: number;
}

/** An address for NodePorts, with the node whose it is, if it is one's. */
export interface NodePortAddress {
  address: string;
  node?: string;
}

export const serviceNameLabel = 'kubernetes.io/service-name';
/** A Service with this label is left to another proxy. */
export const proxyNameLabel = 'service.kubernetes.io/service-proxy-name';

type SlicePort = NonNullable<EndpointSlice['ports']>[number];

/** Plans by key. */
export function planListeners(
  services: Iterable<Service>,
  slices: Iterable<EndpointSlice>,
  nodePortAddresses: NodePortAddress[],
): Map<string, ListenerPlan> {
  const slicesOf = Map.groupBy(
    slices,
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.[serviceNameLabel] ?? ''}`,
  );
  const plans = new Map<string, ListenerPlan>();
  for (const service of services) {
    if (!isProxied(service)) continue;
    const { namespace, name } = service.metadata;
    for (const port of service.spec?.ports ?? []) {
      const endpoints = usable(endpointsOf(slicesOf.get(`${namespace}/${name}`) ?? [], port));
      for (const plan of planPort(service, port, endpoints, nodePortAddresses)) plans.set(plan.key, plan);
    }
  }
  return plans;
}

function isProxied({ metadata, spec }: Service): boolean {
  if (metadata.labels?.[proxyNameLabel] !== undefined) return false;
  return spec?.type !== 'ExternalName' && !!spec?.clusterIP && spec.clusterIP !== 'None';
}

/** An endpoint with the port of its slice that belongs to the Service port. */
interface Candidate {
  endpoint: Endpoint;
  port: number;
}

function endpointsOf(slices: EndpointSlice[], { name = '', protocol = 'TCP' }: ServicePort): Candidate[] {
  const belongs = (port: SlicePort): boolean => (port.name ?? '') === name && (port.protocol ?? 'TCP') === protocol;
  return slices
    .filter((slice) => slice.addressType === 'IPv4')
    .flatMap(({ ports, endpoints }) => {
      const port = ports?.find(belongs)?.port;
      return port === undefined ? [] : (endpoints ?? []).map((endpoint) => ({ endpoint, port }));
    });
}

/** Ready endpoints; where there is none, those that still serve while they terminate. */
function usable(candidates: Candidate[]): Candidate[] {
  const ready = candidates.filter(({ endpoint }) => endpoint.conditions?.ready ?? true);
  if (ready.length > 0) return ready;
  return candidates.filter(({ endpoint }) => endpoint.conditions?.serving && endpoint.conditions.terminating);
}

function* planPort(
  { metadata, spec }: Service,
  port: ServicePort,
  endpoints: Candidate[],
  nodePortAddresses: NodePortAddress[],
): Generator<ListenerPlan> {
  const plan = (address: string, number: number, behind: Candidate[]): ListenerPlan => ({
    key: `${port.protocol ?? 'TCP'} ${address}:${number}`,
    protocol: port.protocol ?? 'TCP',
    address,
    port: number,
    servicePort: `${metadata.namespace}/${metadata.name}${port.name ? `:${port.name}` : ''}`,
    backends: toBackends(behind),
    ...(spec?.sessionAffinity === 'ClientIP' && {
      affinityMs: (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) * 1000,
    }),
  });
  if (endpoints.length === 0) return;
  for (const address of spec?.clusterIPs ?? [spec!.clusterIP!]) {
    if (!address.includes(':')) yield plan(address, port.port, endpoints);
  }
  if (!port.nodePort) return;
  for (const { address, node } of nodePortAddresses) {
    const onlyLocal = spec?.externalTrafficPolicy === 'Local' && node !== undefined;
    const behind = onlyLocal ? endpoints.filter(({ endpoint }) => endpoint.nodeName === node) : endpoints;
    if (behind.length > 0) yield plan(address, port.nodePort, behind);
  }
}

/** Each address and port once, sorted. */
function toBackends(candidates: Candidate[]): Backend[] {
  const backends = new Map<string, Backend>();
  for (const { endpoint, port } of candidates) {
    for (const address of endpoint.addresses) backends.set(`${address}:${port}`, { address, port });
  }
  return [...backends].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, backend]) => backend);
}
