/**
 * The Endpoints object of a Service, the older form of its EndpointSlices. Pure.
 * Upstream: pkg/controller/endpoint, pkg/api/v1/endpoints/util.go (RepackSubsets)
 */
import { isDeepStrictEqual } from 'node:util';
import type { Endpoints, Service } from '../../api/types.ts';
import { headlessLabel } from './plan-slices.ts';
import { type AddressFamily, familiesOf, isHeadless, type PodEndpoint, portsKey } from './pod-endpoints.ts';

export const managedByLabel = 'endpoints.kubernetes.io/managed-by';
export const managedBy = 'endpoint-controller';
const overCapacityAnnotation = 'endpoints.kubernetes.io/over-capacity';
/** One object holds no more addresses; ready ones come first. */
const maxCapacity = 1000;

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

/** The object to write; undefined when `current` is as it should be. */
export function planEndpoints(
  service: Service,
  endpoints: PodEndpoint[],
  current: Endpoints | undefined,
): Endpoints | undefined {
  const [family] = familiesOf(service) as [AddressFamily];
  const served = endpoints.filter((e) => e.family === family && !e.terminating);
  const truncated = served.length > maxCapacity;
  const listed = [...served].sort((a, b) => Number(b.ready) - Number(a.ready)).slice(0, maxCapacity);
  const subsets = toSubsets(listed, isHeadless(service));
  const labels = {
    ...service.metadata.labels,
    [managedByLabel]: managedBy,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
  };
  const { [overCapacityAnnotation]: _, ...others } = current?.metadata.annotations ?? {};
  const annotations = { ...others, ...(truncated && { [overCapacityAnnotation]: 'truncated' }) };
  const unchanged =
    current &&
    isDeepStrictEqual(current.subsets ?? [], subsets) &&
    isDeepStrictEqual(current.metadata.labels, labels) &&
    isDeepStrictEqual(current.metadata.annotations ?? {}, annotations);
  if (unchanged) return undefined;
  const { name, namespace } = service.metadata;
  const metadata = current?.metadata ?? { name: name!, namespace: namespace! };
  return { ...current, metadata: { ...metadata, labels, annotations }, subsets };
}

/** Addresses with the same ports share a subset. Only a headless Service may lead to no port at all. */
function toSubsets(endpoints: PodEndpoint[], headless: boolean): Subset[] {
  const groups = Map.groupBy(endpoints, ({ ports }) => portsKey(ports));
  return [...groups]
    .filter(([key]) => key !== '' || headless)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const addresses = group.filter((e) => e.ready).map(toAddress);
      const notReadyAddresses = group.filter((e) => !e.ready).map(toAddress);
      const ports = group[0]!.ports.map(({ name, ...port }) => ({ ...(name && { name }), ...port }));
      return {
        ...(addresses.length > 0 && { addresses: addresses.sort(byIp) }),
        ...(notReadyAddresses.length > 0 && { notReadyAddresses: notReadyAddresses.sort(byIp) }),
        ...(ports.length > 0 && { ports }),
      };
    });
}

const byIp = (a: Address, b: Address): number => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0);

function toAddress({ pod, address, hostname, nodeName }: PodEndpoint): Address {
  const { name, namespace, uid } = pod.metadata;
  return {
    ip: address,
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    targetRef: { kind: 'Pod', namespace: namespace!, name: name!, uid: uid! },
  };
}
