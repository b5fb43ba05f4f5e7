/**
 * Which EndpointSlices a Service should have: pure. Endpoints with the same ports share slices, at most 100 to one;
 * an endpoint stays in the slice it is in, and a slice that does not change is not written.
 *
 *     3 endpoints of ports A, 1 of ports B          ->  one slice of A, one of B
 *     101 endpoints                                 ->  two slices
 *     none                                          ->  one empty slice, so that readers find the Service's answer
 *
 * Upstream: staging/src/k8s.io/endpointslice/reconciler.go
 */
import { isDeepStrictEqual } from 'node:util';
import { services } from '../../api/kinds/services.ts';
import type { Endpoint, EndpointSlice, Service } from '../../api/types.ts';
import { controllerRef } from '../ownership.ts';
import { type AddressFamily, familiesOf, isHeadless, type PodEndpoint, portsKey } from './pod-endpoints.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';
export const headlessLabel = 'service.kubernetes.io/headless';
const maxEndpointsPerSlice = 100;

export interface SlicePlan {
  create: EndpointSlice[];
  update: EndpointSlice[];
  delete: EndpointSlice[];
}

type Ports = NonNullable<EndpointSlice['ports']>;

/** A slice in the making: an existing one, or one to be created. */
interface Draft {
  existing?: EndpointSlice;
  endpoints: Endpoint[];
}

/** `existing` are the slices that this controller made for the Service. */
export function planSlices(service: Service, endpoints: PodEndpoint[], existing: EndpointSlice[]): SlicePlan {
  const plan: SlicePlan = { create: [], update: [], delete: [] };
  const families = familiesOf(service);
  for (const family of families) {
    planFamily(
      service,
      family,
      endpoints.filter((endpoint) => endpoint.family === family),
      existing.filter((slice) => slice.addressType === family),
      plan,
    );
  }
  plan.delete.push(...existing.filter((slice) => !families.includes(slice.addressType as AddressFamily)));
  return plan;
}

function planFamily(
  service: Service,
  family: AddressFamily,
  endpoints: PodEndpoint[],
  existing: EndpointSlice[],
  plan: SlicePlan,
): void {
  const wanted = Map.groupBy(endpoints, (endpoint) => portsKey(endpoint.ports));
  // Without endpoints an empty slice still says so.
  if (wanted.size === 0) wanted.set('', []);
  const present = Map.groupBy(existing, (slice) => portsKey(slice.ports ?? []));
  const labels = labelsFor(service);
  for (const [key, group] of wanted) {
    const ports = (group[0]?.ports ?? []) as Ports;
    const drafts = fill(group.map(toEndpoint), present.get(key) ?? []);
    const kept = drafts.filter((draft) => draft.endpoints.length > 0);
    if (kept.length === 0) kept.push(drafts[0] ?? { endpoints: [] });
    for (const draft of kept) write(draft, service, family, ports, labels, plan);
    for (const draft of drafts) if (!kept.includes(draft) && draft.existing) plan.delete.push(draft.existing);
  }
  for (const [key, slices] of present) if (!wanted.has(key)) plan.delete.push(...slices);
}

/** Leaves endpoints where they are, then puts new ones where there is room, then into new slices. */
function fill(endpoints: Endpoint[], existing: EndpointSlice[]): Draft[] {
  const left = new Map(endpoints.map((endpoint) => [identity(endpoint), endpoint]));
  const drafts: Draft[] = existing.map((slice) => ({
    existing: slice,
    endpoints: (slice.endpoints ?? []).flatMap((old) => {
      const endpoint = left.get(identity(old));
      left.delete(identity(old));
      return endpoint ? [endpoint] : [];
    }),
  }));
  for (const endpoint of left.values()) {
    let draft = drafts.find((d) => d.endpoints.length < maxEndpointsPerSlice);
    if (!draft) {
      draft = { endpoints: [] };
      drafts.push(draft);
    }
    draft.endpoints.push(endpoint);
  }
  return drafts;
}

const identity = ({ targetRef, addresses }: Endpoint): string => `${targetRef?.uid} ${addresses.join(',')}`;

function write(
  { existing, endpoints }: Draft,
  service: Service,
  family: AddressFamily,
  ports: Ports,
  labels: Record<string, string>,
  plan: SlicePlan,
): void {
  if (!existing) {
    plan.create.push({
      metadata: {
        generateName: `${service.metadata.name}-`,
        namespace: service.metadata.namespace!,
        labels,
        ownerReferences: [controllerRef(services, service)],
      },
      addressType: family,
      endpoints,
      ports,
    });
    return;
  }
  const { metadata } = existing;
  if (isDeepStrictEqual(existing.endpoints ?? [], endpoints) && isDeepStrictEqual(metadata.labels, labels)) return;
  plan.update.push({ ...existing, metadata: { ...metadata, labels }, endpoints, ports });
}

/** The Service's own labels, and those by which readers find and know the slice. */
const labelsFor = (service: Service): Record<string, string> => ({
  ...service.metadata.labels,
  ...(isHeadless(service) && { [headlessLabel]: '' }),
  [serviceNameLabel]: service.metadata.name!,
  [managedByLabel]: managedBy,
});

function toEndpoint(endpoint: PodEndpoint): Endpoint {
  const { pod, address, ready, serving, terminating, hostname, nodeName, zone } = endpoint;
  const { name, namespace, uid } = pod.metadata;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace: namespace!, name: name!, uid: uid! },
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}
