/**
 * ResourceClaim: devices that pods want, and which they got.
 * Upstream: pkg/registry/resource/resourceclaim/strategy.go, pkg/printers/internalversion (resourceClaimState)
 */
import { setResourceClaimDefaults } from '../defaults/resource-claim.ts';
import type { Kind } from '../kind.ts';
import type { ResourceClaim } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { validateClaimSpec } from '../validation/resource-claim.ts';
import { validateClaimStatus } from '../validation/resource-claim-status.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const resourceclaims: Kind<ResourceClaim> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  singular: 'resourceclaim',
  namespaced: true,
  schema: 'io.k8s.api.resource.v1.ResourceClaim',
  generation: false,
  status: true,
  inert: true,
  setDefaults: ({ spec }) => {
    if (spec) setResourceClaimDefaults(spec);
  },
  validate: ({ spec }, old) => [...(old ? unchanged('spec', spec, old.spec) : []), ...validateClaimSpec('spec', spec)],
  validateStatus: validateClaimStatus,
  strategy: {
    prepareForCreate: (claim) => {
      claim.status = {};
    },
    prepareForUpdate: (claim, old) => {
      claim.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'State',
      type: 'string',
      description: 'Whether it has its devices, and whether they are used.',
      cell: state,
    },
    ageColumn,
  ],
};

function state({ metadata, status }: ResourceClaim): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const states = [
    ...(deleted ? ['deleted'] : []),
    ...(status?.allocation ? ['allocated'] : deleted ? [] : ['pending']),
    ...(status?.allocation && (status.reservedFor ?? []).length > 0 ? ['reserved'] : []),
  ];
  return states.join(',');
}
