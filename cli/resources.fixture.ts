/** Resources as discovery would list them, for the tables of this folder. */
import type { ApiResource } from './resources.ts';

const base = { version: 'v1', namespaced: true, categories: ['all'], verbs: ['get', 'list'], subresources: [] };

export const testResources: ApiResource[] = [
  { ...base, group: '', kind: 'Pod', plural: 'pods', singular: 'pod', shortNames: ['po'] },
  { ...base, group: '', kind: 'Service', plural: 'services', singular: 'service', shortNames: ['svc'] },
  { ...base, group: 'apps', kind: 'Deployment', plural: 'deployments', singular: 'deployment', shortNames: ['deploy'] },
];
