/**
 * VolumeAttributesClass: properties of a volume that can change while it lives.
 * Upstream: pkg/registry/storage/volumeattributesclass/strategy.go, pkg/apis/storage/validation
 */
import { type FieldError, field } from '../errors.ts';
import type { Kind } from '../kind.ts';
import { isEqual } from '../patch/json.ts';
import type { VolumeAttributesClass } from '../types.ts';
import { validateParameters, validateProvisioner } from '../validation/storage.ts';
import { ageColumn, nameColumn } from './columns.ts';

const defaultAnnotation = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';

export const volumeattributesclasses: Kind<VolumeAttributesClass> = {
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  singular: 'volumeattributesclass',
  namespaced: false,
  schema: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  shortNames: ['vac'],
  inert: true,
  validate: (attributes, old) => [
    ...validateProvisioner('driverName', attributes.driverName),
    ...validateParameters('parameters', attributes.parameters ?? {}),
    ...(Object.keys(attributes.parameters ?? {}).length === 0
      ? [field.required('parameters', 'must contain at least one key/value pair')]
      : []),
    ...(old ? validateUpdate(attributes, old) : []),
  ],
  columns: [
    {
      ...nameColumn,
      cell: ({ metadata: { name, annotations } }) =>
        `${name}${annotations?.[defaultAnnotation] === 'true' ? ' (default)' : ''}`,
    },
    { name: 'DriverName', type: 'string', description: 'Who changes the volumes.', cell: (c) => c.driverName ?? '' },
    ageColumn,
  ],
};

const validateUpdate = (attributes: VolumeAttributesClass, old: VolumeAttributesClass): FieldError[] =>
  (['driverName', 'parameters'] as const)
    .filter((name) => !isEqual(attributes[name] ?? null, old[name] ?? null))
    .map((name) => field.forbidden(name, `updates to ${name} are forbidden.`));
