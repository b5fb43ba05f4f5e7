/**
 * CSIStorageCapacity: how much room a storage driver has for volumes of a class, in one part of the cluster.
 * Upstream: pkg/registry/storage/csistoragecapacity/strategy.go, pkg/apis/storage/validation
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123SubdomainErrors } from '../names.ts';
import { canonicalQuantity, compareQuantities } from '../quantity.ts';
import type { CSIStorageCapacity } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { validateLabelSelector } from '../validation/label-selector.ts';
import { nameColumn } from './columns.ts';

export const csistoragecapacities: Kind<CSIStorageCapacity> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  singular: 'csistoragecapacity',
  namespaced: true,
  schema: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  inert: true,
  versionedUpdate: true,
  validate: ({ nodeTopology, storageClassName = '', capacity }, old) => [
    ...validateLabelSelector('nodeTopology', nodeTopology),
    ...dns1123SubdomainErrors(storageClassName).map((why) => field.invalid('storageClassName', storageClassName, why)),
    ...validateCapacity('capacity', capacity),
    ...(old
      ? [
          ...unchanged('nodeTopology', nodeTopology, old.nodeTopology),
          ...unchanged('storageClassName', storageClassName, old.storageClassName),
        ]
      : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'StorageClassName',
      type: 'string',
      description: 'The class of the volumes.',
      cell: ({ storageClassName }) => storageClassName ?? '',
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How much room there is.',
      cell: ({ capacity }) => (capacity === undefined ? '<unset>' : canonicalQuantity(capacity)),
    },
  ],
};

const validateCapacity = (path: string, capacity: string | undefined): FieldError[] =>
  capacity !== undefined && compareQuantities(capacity, '0') < 0
    ? [field.invalid(path, capacity, 'must be greater than or equal to 0')]
    : [];
