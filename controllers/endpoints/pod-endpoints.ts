/**
 * Where a Service's pods can be reached: the one answer that EndpointSlices and Endpoints are both written from. Pure.
 * Upstream: staging/src/k8s.io/endpointslice/utils.go, pkg/controller/util/endpoint
 */
import { isPodReady, isPodTerminal, isPodTerminating, isRestartableInit } from '../../api/pods.ts';
import { matches, selectorOfLabels } from '../../api/selectors.ts';
import type { Node, Pod, Service, ServicePort } from '../../api/types.ts';

export interface EndpointPort {
  name: string;
  port: number;
  protocol: string;
  appProtocol?: string;
}

export type AddressFamily = 'IPv4' | 'IPv6';

export interface PodEndpoint {
  pod: Pod;
  family: AddressFamily;
  address: string;
  /** In order of the Service's ports, without those that the pod does not have. */
  ports: EndpointPort[];
  ready: boolean;
  serving: boolean;
  terminating: boolean;
  hostname?: string;
  nodeName?: string;
  zone?: string;
}

const zoneLabel = 'topology.kubernetes.io/zone';

/** Whether this cluster's controllers find the Service's endpoints, rather than a person or nobody. */
export const hasEndpoints = (service: Service): boolean =>
  service.spec?.type !== 'ExternalName' && Object.keys(service.spec?.selector ?? {}).length > 0;

export const isHeadless = (service: Service): boolean => !service.spec?.clusterIP || service.spec.clusterIP === 'None';

/** Whether the Service selects the pod. */
export const selects = (service: Service, pod: Pod): boolean =>
  hasEndpoints(service) && matches(selectorOfLabels(service.spec?.selector), pod.metadata.labels);

/** The families that the Service is served in. */
export const familiesOf = (service: Service): AddressFamily[] =>
  (service.spec?.ipFamilies as AddressFamily[] | undefined) ?? ['IPv4'];

/** `pods` are those that the Service selects. `nodeOf` gives a node by name. */
export function podEndpoints(service: Service, pods: Pod[], nodeOf: (name: string) => Node | undefined): PodEndpoint[] {
  const families = familiesOf(service);
  return pods
    .filter((pod) => !isPodTerminal(pod))
    .flatMap((pod) => addressesOf(pod).map((address) => endpointOf(service, pod, address, nodeOf)))
    .filter(({ family }) => families.includes(family));
}

function addressesOf({ status }: Pod): string[] {
  const listed = (status?.podIPs ?? []).map(({ ip }) => ip);
  return listed.length > 0 ? listed : status?.podIP ? [status.podIP] : [];
}

function endpointOf(
  service: Service,
  pod: Pod,
  address: string,
  nodeOf: (name: string) => Node | undefined,
): PodEndpoint {
  const serving = isPodReady(pod);
  const terminating = isPodTerminating(pod);
  const { nodeName, hostname, subdomain } = pod.spec ?? {};
  const zone = nodeName && nodeOf(nodeName)?.metadata.labels?.[zoneLabel];
  return {
    pod,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    address,
    ports: (service.spec?.ports ?? []).flatMap((port) => portOf(pod, port)),
    ready: service.spec?.publishNotReadyAddresses === true || (serving && !terminating),
    serving,
    terminating,
    ...(hostname && subdomain === service.metadata.name && { hostname }),
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}

/** The port of the pod that the Service's port leads to; none when the pod has no port of that name. */
function portOf(pod: Pod, { name = '', port, targetPort, protocol = 'TCP', appProtocol }: ServicePort): EndpointPort[] {
  const target = targetPort ?? port;
  const number = typeof target === 'number' ? target : namedPort(pod, String(target), protocol);
  return number === undefined ? [] : [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }];
}

function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? []).filter(isRestartableInit)];
  return containers
    .flatMap((container) => container.ports ?? [])
    .find((port) => port.name === name && (port.protocol ?? 'TCP') === protocol)?.containerPort;
}

/** One text for equal lists of ports, in whatever order. */
export const portsKey = (ports: Partial<EndpointPort>[]): string =>
  ports
    .map(({ name = '', port, protocol = 'TCP', appProtocol = '' }) => `${name}/${port}/${protocol}/${appProtocol}`)
    .sort()
    .join(' ');
