/** The rules of a Service. Upstream: pkg/apis/core/validation (ValidateService, ValidateServiceUpdate) */
import { isIP } from 'node:net';
import { type FieldError, field } from '../errors.ts';
import {
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  ipErrors,
  portNumberErrors,
  qualifiedNameErrors,
} from '../names.ts';
import type { Service, ServicePort } from '../types.ts';
import { validateLabels } from '../validate-meta.ts';
import { between, checkName, chosen, duplicates, each, oneOf, requireName, requireOneOf } from './checks.ts';
import { cidrErrors } from './cidr.ts';
import { validatePort } from './probes.ts';

type ServiceSpec = NonNullable<Service['spec']>;

const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
/** Types whose ports are open on nodes. */
const nodePortTypes = ['LoadBalancer', 'NodePort'];

/** Everything but metadata. */
export function validateService(service: Service, old: Service | undefined): FieldError[] {
  const { spec } = service;
  if (!spec) return [field.required('spec.ports')];
  return [
    ...requireOneOf('spec.type', spec.type, types),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, 'spec.selector'),
    ...requireOneOf('spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']),
    ...between(
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds',
      spec.sessionAffinityConfig?.clientIP?.timeoutSeconds,
      1,
      86400,
    ),
    ...(spec.sessionAffinity === 'None' && spec.sessionAffinityConfig
      ? [field.forbidden('spec.sessionAffinityConfig', 'must not be set when session affinity is None')]
      : []),
    ...validateAddresses(spec),
    ...validatePolicies(spec),
    ...validateLoadBalancer(spec),
    ...(old?.spec ? validateUpdate(spec, old.spec) : []),
  ];
}

function validatePorts(spec: ServiceSpec): FieldError[] {
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === 'None';
  if (spec.type === 'ExternalName') {
    return requireName('spec.externalName', spec.externalName?.replace(/\.$/, ''), dns1123SubdomainErrors);
  }
  const key = (port: ServicePort) => `${port.protocol}/${port.port}`;
  const repeated = duplicates('spec.ports', ports, '', key).map((error) => {
    const at = ports[Number(/\[(\d+)\]/.exec(error.field)![1])]!;
    return field.duplicate(error.field, { port: at.port, protocol: at.protocol });
  });
  return [
    ...(ports.length === 0 && !headless ? [field.required('spec.ports')] : []),
    ...each('spec.ports', ports, (path, port) => [
      ...(ports.length > 1
        ? requireName(`${path}.name`, port.name, dns1123LabelErrors)
        : checkName(`${path}.name`, port.name, dns1123LabelErrors)),
      ...portNumberErrors(port.port).map((why) => field.invalid(`${path}.port`, port.port, why)),
      ...requireOneOf(`${path}.protocol`, port.protocol, ['SCTP', 'TCP', 'UDP']),
      ...validatePort(`${path}.targetPort`, port.targetPort),
      ...(port.nodePort && !nodePortTypes.includes(spec.type ?? '')
        ? [field.forbidden(`${path}.nodePort`, "may not be used when `type` is 'ClusterIP'")]
        : []),
    ]),
    ...duplicates('spec.ports', ports, 'name', (port) => port.name),
    ...repeated,
  ];
}

function validateAddresses(spec: ServiceSpec): FieldError[] {
  const errors: FieldError[] = [];
  const address = spec.clusterIP ?? '';
  if (spec.type === 'ExternalName') {
    if (address) errors.push(field.forbidden('spec.clusterIPs', "may not be used when `type` is 'ExternalName'"));
  } else if (address && address !== 'None') {
    errors.push(...ipErrors(address).map((why) => field.invalid('spec.clusterIPs[0]', address, why)));
  } else if (address === 'None' && spec.type !== 'ClusterIP') {
    errors.push(field.invalid('spec.clusterIPs[0]', address, `may not be set to 'None' for ${spec.type} services`));
  }
  if ((spec.clusterIPs ?? []).length > 0 && spec.clusterIPs![0] !== address) {
    errors.push(field.invalid('spec.clusterIPs', spec.clusterIPs, 'first value must match `clusterIP`'));
  }
  return [
    ...errors,
    ...each('spec.externalIPs', spec.externalIPs, (path, ip) =>
      ipErrors(ip).map((why) => field.invalid(path, ip, why)),
    ),
  ];
}

function validatePolicies(spec: ServiceSpec): FieldError[] {
  const external = nodePortTypes.includes(spec.type ?? '') || (spec.externalIPs ?? []).length > 0;
  return [
    ...oneOf('spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local']),
    ...oneOf('spec.externalTrafficPolicy', spec.externalTrafficPolicy, ['Cluster', 'Local']),
    ...(spec.externalTrafficPolicy && !external
      ? [
          field.invalid(
            'spec.externalTrafficPolicy',
            spec.externalTrafficPolicy,
            'may only be set for externally-accessible services',
          ),
        ]
      : []),
    ...oneOf('spec.trafficDistribution', spec.trafficDistribution, ['PreferClose', 'PreferSameNode', 'PreferSameZone']),
    ...oneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']),
    ...each('spec.ipFamilies', spec.ipFamilies, (path, family) => oneOf(path, family, ['IPv4', 'IPv6'])),
    ...duplicates('spec.ipFamilies', spec.ipFamilies ?? [], '', (family) => family),
    ...validateFamilies(spec),
  ];
}

const notHere = 'not configured on this cluster';

/** The cluster's addresses are of one family. Only a headless Service without pods of its own may be of others. */
function validateFamilies(spec: ServiceSpec): FieldError[] {
  const { ipFamilyPolicy: policy, ipFamilies = [], clusterIPs = [], clusterIP, selector } = spec;
  if (spec.type === 'ExternalName' || (clusterIP === 'None' && Object.keys(selector ?? {}).length === 0)) return [];
  const many = ipFamilies.length > 1 ? 'IP families' : clusterIPs.length > 1 ? 'cluster IPs' : undefined;
  const wrongPolicy = (why: string): FieldError => field.invalid('spec.ipFamilyPolicy', policy, why);
  return [
    ...(policy === 'RequireDualStack' ? [wrongPolicy('this cluster is not configured for dual-stack services')] : []),
    ...(policy === 'SingleStack' && many
      ? [wrongPolicy(`must be RequireDualStack or PreferDualStack when multiple ${many} are specified`)]
      : []),
    ...each('spec.ipFamilies', ipFamilies, (path, family) =>
      family === 'IPv6' ? [field.invalid(path, family, notHere)] : [],
    ),
    ...each('spec.clusterIPs', clusterIPs, (path, ip) =>
      isIP(ip) === 6 ? [field.invalid(path, ip, `IPv6 is ${notHere}`)] : [],
    ),
  ];
}

const onlyLoadBalancers = "may only be used when `type` is 'LoadBalancer'";

/** What only a load balancer has. */
function validateLoadBalancer(spec: ServiceSpec): FieldError[] {
  const { loadBalancerSourceRanges: ranges, loadBalancerClass, healthCheckNodePort } = spec;
  if (spec.type === 'LoadBalancer') {
    return [
      ...each('spec.loadBalancerSourceRanges', ranges, (path, range) => cidrErrors(path, range.trim())),
      ...checkName('spec.loadBalancerClass', loadBalancerClass, qualifiedNameErrors),
      ...(healthCheckNodePort && spec.externalTrafficPolicy !== 'Local' ? [notHealthChecked(healthCheckNodePort)] : []),
    ];
  }
  const others = {
    loadBalancerSourceRanges: ranges?.length ? ranges : undefined,
    allocateLoadBalancerNodePorts: spec.allocateLoadBalancerNodePorts,
    loadBalancerClass,
  };
  return [
    ...chosen(others, Object.keys(others)).map((name) => field.forbidden(`spec.${name}`, onlyLoadBalancers)),
    ...(healthCheckNodePort ? [notHealthChecked(healthCheckNodePort)] : []),
  ];
}

const notHealthChecked = (port: number): FieldError =>
  field.invalid(
    'spec.healthCheckNodePort',
    port,
    "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
  );

/** Addresses that a load balancer reports. */
export const validateServiceStatus = ({ status }: Service): FieldError[] =>
  each('status.loadBalancer.ingress', status?.loadBalancer?.ingress, (path, { ip, ipMode, hostname }) => [
    ...checkName(`${path}.ip`, ip, ipErrors),
    ...(ip && ipMode === undefined ? [field.required(`${path}.ipMode`, 'must be specified when `ip` is set')] : []),
    ...(!ip && ipMode !== undefined
      ? [field.forbidden(`${path}.ipMode`, 'may not be specified when `ip` is not set')]
      : []),
    ...oneOf(`${path}.ipMode`, ipMode, ['Proxy', 'VIP']),
    ...(hostname && isIP(hostname)
      ? [field.invalid(`${path}.hostname`, hostname, 'must be a DNS name, not an IP address')]
      : checkName(`${path}.hostname`, hostname, dns1123SubdomainErrors)),
  ]);

/** The address stays while the type needs one, and so does who balances the load. */
function validateUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  return [...validateClass(spec, old), ...validateAddressUpdate(spec, old)];
}

function validateClass(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type !== 'LoadBalancer' || old.type !== 'LoadBalancer') return [];
  if (spec.loadBalancerClass === old.loadBalancerClass) return [];
  return [field.invalid('spec.loadBalancerClass', spec.loadBalancerClass ?? null, 'may not change once set')];
}

function validateAddressUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (old.type === 'ExternalName' || spec.type === 'ExternalName' || !old.clusterIP) return [];
  if (spec.clusterIP === old.clusterIP) return [];
  return [field.invalid('spec.clusterIPs[0]', [spec.clusterIP ?? ''], 'may not change once set')];
}
