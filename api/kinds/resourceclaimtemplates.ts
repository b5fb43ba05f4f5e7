/** ResourceClaimTemplate: what the claims of pods are made from. Upstream: pkg/registry/resource/resourceclaimtemplate */
import { setResourceClaimDefaults } from '../defaults/resource-claim.ts';
import type { Kind } from '../kind.ts';
import type { ResourceClaimTemplate } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { validateClaimSpec } from '../validation/resource-claim.ts';
import { validateTemplateMeta } from '../validation/workload.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const resourceclaimtemplates: Kind<ResourceClaimTemplate> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  singular: 'resourceclaimtemplate',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  generation: false,
  inert: true,
  setDefaults: ({ spec }) => {
    if (spec?.spec) setResourceClaimDefaults(spec.spec);
  },
  validate: ({ spec }, old) => [
    ...(old ? unchanged('spec', spec, old.spec) : []),
    ...validateTemplateMeta('spec', { metadata: spec?.metadata }),
    ...validateClaimSpec('spec.spec', spec?.spec),
  ],
  columns: [nameColumn, ageColumn],
};
