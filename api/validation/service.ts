/** The rules of a Service. Upstream: pkg/apis/core/validation (ValidateService, ValidateServiceUpdate) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors, ipErrors, portNumberErrors } from '../names.ts';
import type { Service, ServicePort } from '../types.ts';
import { validateLabels } from '../validate-meta.ts';
import { between, checkName, duplicates, each, oneOf, requireName, requireOneOf } from './checks.ts';
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
    ...validateAddresses(spec),
    ...validatePolicies(spec),
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
    ...oneOf('spec.ipFamilyPolicy', spec.ipFamilyPolicy, ['PreferDualStack', 'RequireDualStack', 'SingleStack']),
    ...each('spec.ipFamilies', spec.ipFamilies, (path, family) => oneOf(path, family, ['IPv4', 'IPv6'])),
  ];
}

/** The address stays while the type needs one. */
function validateUpdate(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (old.type === 'ExternalName' || spec.type === 'ExternalName' || !old.clusterIP) return [];
  if (spec.clusterIP === old.clusterIP) return [];
  return [field.invalid('spec.clusterIPs[0]', [spec.clusterIP ?? ''], 'may not change once set')];
}
