import type { Kind } from '../kind.ts';
import type { Service } from '../types.ts';

export const services: Kind<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  singular: 'service',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Service',
  storagePrefix: 'services/specs',
  shortNames: ['svc'],
  categories: ['all'],
  status: true,
};
