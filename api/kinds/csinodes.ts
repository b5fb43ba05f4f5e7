/**
 * CSINode: the storage drivers that run on a node, which has the same name.
 * Upstream: pkg/registry/storage/csinode/strategy.go, pkg/apis/storage/validation
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { dns1123SubdomainErrors, qualifiedNameErrors } from '../names.ts';
import type { CSINode } from '../types.ts';
import { unchanged } from '../validation/changes.ts';
import { duplicates, each, nonNegative, requireName } from '../validation/checks.ts';
import { ageColumn, nameColumn } from './columns.ts';

type Driver = CSINode['spec']['drivers'][number];

const maxNodeIdBytes = 256;

export const csinodes: Kind<CSINode> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  singular: 'csinode',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.CSINode',
  generation: false,
  versionedUpdate: true,
  inert: true,
  validate: ({ spec }, old) => [
    ...each('spec.drivers', spec?.drivers, validateDriver),
    ...duplicates('spec.drivers', spec?.drivers ?? [], 'name', ({ name }) => name),
    ...(old ? validateUpdate(spec?.drivers ?? [], old.spec?.drivers ?? []) : []),
  ],
  columns: [
    nameColumn,
    {
      name: 'Drivers',
      type: 'integer',
      description: 'How many drivers the node has.',
      cell: ({ spec }) => spec?.drivers?.length ?? 0,
    },
    ageColumn,
  ],
};

function validateDriver(path: string, { name, nodeID = '', allocatable, topologyKeys = [] }: Driver): FieldError[] {
  const tooLong = Buffer.byteLength(nodeID) > maxNodeIdBytes;
  const at = (error: FieldError): FieldError => ({ ...error, field: path });
  return [
    ...requireName(`${path}.name`, name, dns1123SubdomainErrors),
    ...(nodeID ? [] : [field.required(`${path}.nodeID`)]),
    ...(tooLong ? [field.invalid(`${path}.nodeID`, nodeID, `must be ${maxNodeIdBytes} characters or less`)] : []),
    ...nonNegative(`${path}.allocatable.count`, allocatable?.count),
    ...topologyKeys.flatMap((key) => requireName(path, key, qualifiedNameErrors)),
    ...duplicates(path, topologyKeys, '', (key) => key).map(at),
  ];
}

/** What a driver said of itself stays, but how many volumes it has room for. */
const validateUpdate = (drivers: readonly Driver[], old: readonly Driver[]): FieldError[] =>
  drivers.flatMap(({ allocatable: _, ...driver }) => {
    const before = old.find(({ name }) => name === driver.name);
    if (!before) return [];
    const { allocatable: __, ...same } = before;
    return unchanged('spec.drivers', driver, same);
  });
