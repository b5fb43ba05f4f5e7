/**
 * StorageClass: how volumes for claims are made.
 * Upstream: pkg/apis/storage (v1 defaults, validation), pkg/printers/internalversion (printStorageClass)
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { labelKeyErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import type { StorageClass } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { duplicates, each, oneOf, requireOneOf } from '../validation/checks.ts';
import { validateParameters, validateProvisioner } from '../validation/storage.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Topologies = NonNullable<StorageClass['allowedTopologies']>;

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export const storageclasses: Kind<StorageClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  singular: 'storageclass',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.StorageClass',
  shortNames: ['sc'],
  inert: true,
  setDefaults: (storageClass) => {
    storageClass.reclaimPolicy ??= 'Delete';
    storageClass.volumeBindingMode ??= 'Immediate';
  },
  validate: (storageClass, old) => [
    ...validateProvisioner('provisioner', storageClass.provisioner),
    ...validateParameters('parameters', storageClass.parameters ?? {}),
    ...oneOf('reclaimPolicy', storageClass.reclaimPolicy || undefined, ['Delete', 'Retain']),
    ...requireOneOf('volumeBindingMode', storageClass.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer']),
    ...validateTopologies('allowedTopologies', storageClass.allowedTopologies ?? []),
    ...(old ? validateUpdate(storageClass, old) : []),
  ],
  columns: [
    {
      ...nameColumn,
      cell: (storageClass) => `${storageClass.metadata.name}${isDefault(storageClass) ? ' (default)' : ''}`,
    },
    { name: 'Provisioner', type: 'string', description: 'Who makes the volumes.', cell: (c) => c.provisioner ?? '' },
    {
      name: 'ReclaimPolicy',
      type: 'string',
      description: 'What becomes of a volume without its claim.',
      cell: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    },
    {
      name: 'VolumeBindingMode',
      type: 'string',
      description: 'When a claim gets its volume.',
      cell: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    },
    {
      name: 'AllowVolumeExpansion',
      type: 'string',
      description: 'Whether a claim may grow.',
      cell: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
};

const isDefault = ({ metadata }: StorageClass): boolean =>
  defaultAnnotations.some((name) => metadata.annotations?.[name] === 'true');

function validateTopologies(path: string, topologies: Topologies): FieldError[] {
  const seen: object[] = [];
  return topologies.flatMap(({ matchLabelExpressions: terms = [] }, i) => {
    const at = `${path}.matchLabelExpressions`;
    const sorted = Object.fromEntries(terms.map(({ key, values }) => [key, [...(values ?? [])].sort()]));
    const repeated = seen.some((other) => isEqual(other, sorted));
    seen.push(sorted);
    return [
      ...each(at, terms, (term, { key, values }) => [
        ...((values ?? []).length === 0 ? [field.required(`${term}.values`)] : []),
        ...duplicates(`${term}.values`, values ?? [], '', (value) => value),
        ...labelKeyErrors(key).map((why) => field.invalid(`${term}.key`, key, why)),
      ]),
      ...duplicates(at, terms, 'key', ({ key }) => key),
      ...(repeated ? [field.duplicate(`${path}[${i}].matchLabelExpressions`, '')] : []),
    ];
  });
}

const validateUpdate = (storageClass: StorageClass, old: StorageClass): FieldError[] => [
  ...(['parameters', 'provisioner', 'reclaimPolicy'] as const)
    .filter((name) => !isEqual(storageClass[name] ?? null, old[name] ?? null))
    .map((name) => field.forbidden(name, `updates to ${name} are forbidden.`)),
  ...unchanged('volumeBindingMode', storageClass.volumeBindingMode, old.volumeBindingMode),
];
