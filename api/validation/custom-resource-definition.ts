/**
 * The rules of a CustomResourceDefinition: names, versions, what versions have, conversion, and what may not change once it is
 * established.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go
 */
import {
  approvalOf,
  approvedAnnotation,
  type CustomResourceDefinition,
  type CustomResourceDefinitionSpec,
  type DefinitionNames,
  isProtectedGroup,
} from '../custom-resource-definition.ts';
import { type FieldError, field } from '../errors.ts';
import { isConditionTrue } from '../meta.ts';
import { dns1035LabelErrors, dns1123SubdomainErrors } from '../names.ts';
import { unchanged } from './changes.ts';
import { each, required, requireOneOf } from './checks.ts';
import { validateConversion } from './custom-resource-conversion.ts';
import { validateVersion } from './custom-resource-version.ts';

/** What is wrong with a definition; with `old`, also with the change. */
export function validateDefinition(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  const { spec, metadata } = definition;
  const expected = `${spec.names.plural}.${spec.group}`;
  return [
    ...(metadata.name === expected
      ? []
      : [field.invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')]),
    ...validateSpec(spec),
    ...(old ? validateChange(spec, old) : []),
    ...validateDefinitionStatus(definition),
    ...validateStoredVersions(definition),
    ...validateApproval(definition, old),
    ...validatePreserve(spec, old),
  ];
}

/** What is wrong with its status. */
export const validateDefinitionStatus = ({ status }: CustomResourceDefinition): FieldError[] =>
  status?.acceptedNames ? validateNames(status.acceptedNames, 'status.acceptedNames') : [];

function validateSpec(spec: CustomResourceDefinitionSpec): FieldError[] {
  const { names, versions } = spec;
  const storage = versions.filter((version) => version.storage).length;
  const unique = new Set(versions.map(({ name }) => name)).size === versions.length;
  const noSchema = versions.flatMap(({ schema }, i) =>
    schema?.openAPIV3Schema
      ? []
      : [field.required(`spec.versions[${i}].schema.openAPIV3Schema`, 'schemas are required')],
  );
  return [
    ...validateGroup(spec.group),
    ...requireOneOf('spec.scope', spec.scope, ['Cluster', 'Namespaced']),
    ...noSchema,
    ...each('spec.versions', versions, validateVersion),
    ...(unique ? [] : [field.invalid('spec.versions', versions, 'must contain unique version names')]),
    ...(storage === 1
      ? []
      : [field.invalid('spec.versions', versions, 'must have exactly one version marked as storage version')]),
    ...(['plural', 'singular', 'kind', 'listKind'] as const).flatMap((name) =>
      required(`spec.names.${name}`, names[name]),
    ),
    ...validateNames(names, 'spec.names'),
    ...(spec.conversion ? validateConversion(spec.conversion, 'spec.conversion') : []),
  ];
}

function validateGroup(group: string): FieldError[] {
  if (!group) return [field.required('spec.group')];
  const errors = dns1123SubdomainErrors(group);
  if (errors.length > 0) return [field.invalid('spec.group', group, errors.join(','))];
  return group.includes('.') ? [] : [field.invalid('spec.group', group, 'should be a domain with at least one dot')];
}

function validateNames(names: DefinitionNames, path: string): FieldError[] {
  const label = (name: string, value: string | undefined): FieldError[] => {
    const errors = value ? dns1035LabelErrors(value) : [];
    return errors.length > 0 ? [field.invalid(`${path}.${name}`, value, errors.join(','))] : [];
  };
  const kind = (name: string, value: string | undefined): FieldError[] => {
    const errors = value ? dns1035LabelErrors(value.toLowerCase()) : [];
    const why = `may have mixed case, but should otherwise match: ${errors.join(',')}`;
    return errors.length > 0 ? [field.invalid(`${path}.${name}`, value, why)] : [];
  };
  const sameKinds = names.kind && names.kind === names.listKind;
  return [
    ...label('plural', names.plural),
    ...label('singular', names.singular),
    ...kind('kind', names.kind),
    ...kind('listKind', names.listKind),
    ...(names.shortNames ?? []).flatMap((name, i) => label(`shortNames[${i}]`, name)),
    ...(sameKinds ? [field.invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same')] : []),
    ...(names.categories ?? []).flatMap((name, i) => label(`categories[${i}]`, name)),
  ];
}

/** What decides where objects are may not change, and the rest not once it is established. */
function validateChange(spec: CustomResourceDefinitionSpec, old: CustomResourceDefinition): FieldError[] {
  const established = isConditionTrue(old.status?.conditions, 'Established');
  return [
    ...(established ? unchanged('spec.scope', spec.scope, old.spec.scope) : []),
    ...(established ? unchanged('spec.names.kind', spec.names.kind, old.spec.names.kind) : []),
    ...unchanged('spec.group', spec.group, old.spec.group),
    ...unchanged('spec.names.plural', spec.names.plural, old.spec.names.plural),
  ];
}

/** No version in which objects may lie in the store can be forgotten. */
function validateStoredVersions({ spec, status }: CustomResourceDefinition): FieldError[] {
  const stored = status?.storedVersions ?? [];
  const path = 'status.storedVersions';
  if (stored.length === 0) return [field.invalid(path, stored, 'must have at least one stored version')];
  const storage = spec.versions.filter((version) => version.storage && !stored.includes(version.name));
  const missing = stored.flatMap((name, i) =>
    spec.versions.some((version) => version.name === name)
      ? []
      : [
          field.invalid(
            `${path}[${i}]`,
            name,
            `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a ` +
              `storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`,
          ),
        ],
  );
  return [
    ...storage.map(({ name }) => field.invalid(path, stored, `must have the storage version ${name}`)),
    ...missing,
  ];
}

function validateApproval(
  { spec, metadata }: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!isProtectedGroup(spec.group)) return [];
  const { state, reason } = approvalOf(metadata.annotations);
  if (old && approvalOf(old.metadata.annotations).state === state) return [];
  const path = `metadata.annotations[${approvedAnnotation}]`;
  if (state === 'invalid') return [field.invalid(path, metadata.annotations?.[approvedAnnotation], reason)];
  return state === 'missing' ? [field.required(path, reason)] : [];
}

function validatePreserve(
  { preserveUnknownFields }: CustomResourceDefinitionSpec,
  old: CustomResourceDefinition | undefined,
): FieldError[] {
  if (!preserveUnknownFields || old?.spec.preserveUnknownFields) return [];
  const why = 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [field.invalid('spec.preserveUnknownFields', true, why)];
}
