/** What a claim asks for, also inside a pod. Upstream: pkg/apis/core/validation (ValidatePersistentVolumeClaimSpec) */
import { type FieldError, field } from '../errors.ts';
import { dns1123LabelErrors, dns1123SubdomainErrors } from '../names.ts';
import { isEqual } from '../patch/json.ts';
import type { PersistentVolumeClaim } from '../types.ts';
import { checkName, oneOf, required } from './checks.ts';
import { validateLabelSelector } from './label-selector.ts';
import { positiveQuantity } from './resource-names.ts';
import { validateAccessModes, volumeModes } from './storage.ts';

type Spec = NonNullable<PersistentVolumeClaim['spec']>;
type DataSourceRef = NonNullable<Spec['dataSourceRef']>;

/** The spec of a claim, at its path. */
export function validateVolumeClaimSpec(path: string, spec: Spec): FieldError[] {
  const size = spec.resources?.requests?.['storage'];
  const at = `${path}.resources[storage]`;
  return [
    ...validateAccessModes(`${path}.accessModes`, spec.accessModes, 'at least 1 access mode is required'),
    ...validateLabelSelector(`${path}.selector`, spec.selector),
    ...(size === undefined ? [field.required(at)] : positiveQuantity(at, size)),
    ...checkName(`${path}.storageClassName`, spec.storageClassName, dns1123SubdomainErrors),
    ...oneOf(`${path}.volumeMode`, spec.volumeMode, volumeModes),
    ...(spec.dataSource ? validateDataSource(`${path}.dataSource`, spec.dataSource) : []),
    ...(spec.dataSourceRef ? validateDataSource(`${path}.dataSourceRef`, spec.dataSourceRef) : []),
    ...validateBothDataSources(path, spec),
    ...checkName(`${path}.volumeAttributesClassName`, spec.volumeAttributesClassName, dns1123SubdomainErrors),
  ];
}

const validateDataSource = (path: string, { apiGroup, kind, name, namespace }: DataSourceRef): FieldError[] => [
  ...required(`${path}.name`, name),
  ...required(`${path}.kind`, kind),
  ...(!apiGroup && kind !== 'PersistentVolumeClaim'
    ? [field.invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup")]
    : []),
  ...checkName(`${path}.apiGroup`, apiGroup, dns1123SubdomainErrors),
  ...checkName(`${path}.namespace`, namespace, dns1123LabelErrors),
];

function validateBothDataSources(path: string, { dataSource, dataSourceRef }: Spec): FieldError[] {
  if (!dataSource || !dataSourceRef) return [];
  const { namespace, ...rest } = dataSourceRef;
  if (namespace) {
    return [
      field.invalid(path, `${path}.dataSource`, 'may not be specified when dataSourceRef.namespace is specified'),
    ];
  }
  return isEqual(dataSource, rest) ? [] : [field.invalid(path, `${path}.dataSource`, 'must match dataSourceRef')];
}
