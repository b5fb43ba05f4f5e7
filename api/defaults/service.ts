/**
 * The defaults of a Service, and what an update carries over from the stored one.
 *
 * Upstream: pkg/apis/core/v1/defaults.go (SetDefaults_Service), pkg/registry/core/service/strategy.go (patchAllocatedValues,
 * dropTypeDependentFields)
 */
import { isEqual } from '../patch/json.ts';
import type { Service, ServicePort } from '../types.ts';

type ServiceSpec = NonNullable<Service['spec']>;

const needsNodePorts = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
const needsAddress = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';
const isExternal = (spec: ServiceSpec): boolean => needsNodePorts(spec) || (spec.externalIPs ?? []).length > 0;

/** Changes the spec in place; idempotent. The cluster's addresses are of one family, IPv4. */
export function setServiceDefaults(spec: ServiceSpec): void {
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= 10800;
  }
  if (!needsAddress(spec)) return;
  spec.internalTrafficPolicy ??= 'Cluster';
  if (isExternal(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  spec.ipFamilyPolicy ??= 'SingleStack';
  spec.ipFamilies ??= ['IPv4'];
  if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP];
}

/** An update that leaves out what the server allocated keeps it, as long as the type needs it. */
export function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsAddress(spec) && needsAddress(old) && !spec.clusterIP) {
    spec.clusterIP = old.clusterIP;
    spec.clusterIPs = old.clusterIPs;
  }
  if (!needsNodePorts(spec) || !needsNodePorts(old)) return;
  for (const port of spec.ports ?? []) {
    const same = old.ports?.find((p) => p.port === port.port && p.protocol === port.protocol);
    if (!port.nodePort && same?.nodePort) port.nodePort = same.nodePort;
  }
}

/**
 * A change of type drops what only the old type had and the caller sent back unchanged: `kubectl patch` of a NodePort
 * Service to ClusterIP need not name the node ports.
 */
export function dropTypeDependentFields(spec: ServiceSpec, old: ServiceSpec): void {
  const nodePorts = (ports: ServicePort[] | undefined) => (ports ?? []).map((port) => port.nodePort);
  if (needsNodePorts(old) && !needsNodePorts(spec) && isEqual(nodePorts(spec.ports), nodePorts(old.ports))) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  const dropSame = (...names: (keyof ServiceSpec)[]) => {
    for (const name of names) if (isEqual(spec[name], old[name])) delete spec[name];
  };
  if (isExternal(old) && !isExternal(spec)) dropSame('externalTrafficPolicy', 'healthCheckNodePort');
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer')
    dropSame('allocateLoadBalancerNodePorts', 'loadBalancerClass');
  if (needsAddress(old) && !needsAddress(spec)) {
    dropSame('clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy');
  }
}
