/** Lease: who holds a role, or that a node is alive. Upstream: pkg/apis/coordination/validation */
import { field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import type { Lease } from '../types.ts';
import { nonNegative, oneOf, positive } from '../validation/checks.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const leases: Kind<Lease> = {
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  singular: 'lease',
  namespaced: true,
  schema: 'io.k8s.api.coordination.v1.Lease',
  generation: false,
  createOnUpdate: true,
  versionedUpdate: true,
  validate: ({ spec }) => [
    ...positive('spec.leaseDurationSeconds', spec?.leaseDurationSeconds),
    ...nonNegative('spec.leaseTransitions', spec?.leaseTransitions),
    ...oneOf('spec.strategy', spec?.strategy, ['OldestEmulationVersion']),
    ...(spec?.preferredHolder && !spec.strategy
      ? [field.forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined')]
      : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'Holder',
      type: 'string',
      description: 'Identity of the one who holds the lease.',
      cell: (lease) => lease.spec?.holderIdentity ?? '',
    },
    ageColumn,
  ],
};
