/**
 * Service: one address for the pods that a selector finds. The address comes from the apiserver's allocator.
 * Upstream: pkg/printers/internalversion (printService)
 */
import { dropTypeDependentFields, keepAllocated, setServiceDefaults } from '../defaults/service.ts';
import type { Kind } from '../kind.ts';
import type { Service, ServicePort } from '../types.ts';
import { validateService, validateServiceStatus } from '../validation/service.ts';
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
  createOnUpdate: true,
  shortNames: ['svc'],
  categories: ['all'],
  nameRule: 'dns-1035-label',
  generation: false,
  status: true,
  subresources: { proxy: { kind: 'ServiceProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] } },
  setDefaults: ({ spec }) => {
    if (spec) setServiceDefaults(spec);
  },
  validate: validateService,
  validateStatus: validateServiceStatus,
  strategy: {
    prepareForCreate: (service) => {
      service.status = { loadBalancer: {} };
    },
    prepareForUpdate: (service, old) => {
      service.status = old.status;
      if (!service.spec || !old.spec) return;
      dropTypeDependentFields(service.spec, old.spec);
      keepAllocated(service.spec, old.spec);
    },
    prepareForStatusUpdate: ({ status }) => {
      for (const ingress of status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
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
