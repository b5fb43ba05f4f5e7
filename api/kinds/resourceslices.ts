/** ResourceSlice: devices that a driver offers. Upstream: pkg/registry/resource/resourceslice/strategy.go */
import type { Kind } from '../kind.ts';
import type { ResourceSlice } from '../types.ts';
import { validateSlice } from '../validation/resource-slice.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const resourceslices: Kind<ResourceSlice> = {
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  singular: 'resourceslice',
  namespaced: false,
  schema: 'io.k8s.api.resource.v1.ResourceSlice',
  inert: true,
  validate: validateSlice,
  strategy: {
    prepareForCreate: (slice, { now }) => stampTaints(slice, now),
    prepareForUpdate: (slice, _, { now }) => stampTaints(slice, now),
  },
  fieldSelectors: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.driver': ({ spec }) => spec?.driver ?? '',
  },
  columns: [
    nameColumn,
    {
      name: 'Node',
      type: 'string',
      description: 'Where the devices are.',
      cell: ({ spec }) => spec?.nodeName ?? '',
    },
    { name: 'Driver', type: 'string', description: 'Who offers them.', cell: ({ spec }) => spec?.driver ?? '' },
    {
      name: 'Pool',
      type: 'string',
      description: 'The pool they belong to.',
      cell: ({ spec }) => spec?.pool?.name ?? '',
    },
    ageColumn,
  ],
};

/** A taint is as old as its first write. */
function stampTaints({ spec }: ResourceSlice, now: string): void {
  for (const taint of (spec?.devices ?? []).flatMap(({ taints }) => taints ?? [])) taint.timeAdded ??= now;
}
