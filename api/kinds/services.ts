/**
 * Service: one address for the pods that a selector finds. The address comes from the apiserver's allocator.
 * Upstream: pkg/apis/core/v1/defaults.go (SetDefaults_Service), pkg/printers/internalversion (printService)
 */
import type { Kind } from '../kind.ts';
import type { Service, ServicePort } from '../types.ts';
import { validateService } from '../validation/service.ts';
import { ageColumn, formatLabels, nameColumn, orNone } from './columns.ts';

export const services: Kind<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  namespaced: true,
  storagePrefix: 'services/specs',
  schema: 'io.k8s.api.core.v1.Service',
  shortNames: ['svc'],
  categories: ['all'],
  nameRule: 'dns-1035-label',
  generation: false,
  status: true,
  setDefaults: ({ spec }) => {
    if (!spec) return;
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
    if (spec.type === 'ExternalName') return;
    spec.internalTrafficPolicy ??= 'Cluster';
    if (spec.type !== 'ClusterIP' || (spec.externalIPs ?? []).length > 0) spec.externalTrafficPolicy ||= 'Cluster';
    if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
    spec.ipFamilyPolicy ??= 'SingleStack';
    spec.ipFamilies ??= ['IPv4'];
    if (spec.clusterIP) spec.clusterIPs ??= [spec.clusterIP];
  },
  validate: validateService,
  strategy: {
    prepareForCreate: (service) => {
      service.status = { loadBalancer: {} };
    },
    prepareForUpdate: (service, old) => {
      service.status = old.status;
      keepAllocated(service, old);
    },
  },
  fieldSelectors: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
  columns: [
    nameColumn,
    {
      name: 'Type',
      type: 'string',
      description: 'Who can reach the service, and how.',
      cell: (s) => s.spec?.type ?? '',
    },
    {
      name: 'Cluster-IP',
      type: 'string',
      description: 'The address inside the cluster.',
      cell: (s) => orNone(s.spec?.clusterIP),
    },
    { name: 'External-IP', type: 'string', description: 'Addresses from outside the cluster.', cell: externalAddress },
    {
      name: 'Port(s)',
      type: 'string',
      description: 'Ports of the service, with node ports behind a colon.',
      cell: (service) => orNone((service.spec?.ports ?? []).map(portText).join(',')),
    },
    ageColumn,
    {
      name: 'Selector',
      type: 'string',
      priority: 1,
      description: 'Labels of the pods behind the service.',
      cell: (service) => formatLabels(service.spec?.selector),
    },
  ],
};

/** An update that leaves out what the server allocated keeps it, unless the type stops needing it. */
function keepAllocated(service: Service, old: Service): void {
  const { spec } = service;
  if (!spec || !old.spec || spec.type === 'ExternalName' || old.spec.type === 'ExternalName') return;
  if (!spec.clusterIP) {
    spec.clusterIP = old.spec.clusterIP;
    spec.clusterIPs = old.spec.clusterIPs;
  }
  if (spec.type === 'ClusterIP' || spec.type === undefined) return;
  for (const port of spec.ports ?? []) {
    const same = old.spec.ports?.find(
      (p) => p.port === port.port && (p.protocol ?? 'TCP') === (port.protocol ?? 'TCP'),
    );
    if (!port.nodePort && same?.nodePort) port.nodePort = same.nodePort;
  }
}

function externalAddress({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case 'ExternalName':
      return orNone(spec.externalName);
    case 'LoadBalancer': {
      const addresses = (status?.loadBalancer?.ingress ?? []).map((ingress) => ingress.ip || ingress.hostname || '');
      return [...addresses, ...external].join(',') || '<pending>';
    }
    default:
      return orNone(external.join(','));
  }
}

const portText = ({ port, nodePort, protocol }: ServicePort): string =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;
