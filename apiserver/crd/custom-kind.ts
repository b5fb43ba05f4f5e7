/**
 * A version of a custom resource as a kind, declared by its definition as built-in kinds are by their files.
 *
 * Upstream: apiextensions-apiserver/pkg/registry/customresource/{strategy,status_strategy,validator}.go
 */
import type {
  CustomResourceDefinition,
  DefinitionVersion,
  ScaleSubresource,
} from '../../api/custom-resource-definition.ts';
import { type FieldError, field } from '../../api/errors.ts';
import type { ScalePaths } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { setDefaults } from '../../api/structural/defaults.ts';
import { validateEmbeddedResources } from '../../api/structural/embedded-resource.ts';
import { findField } from '../../api/structural/field-path.ts';
import { type JsonSchema, propertyOf } from '../../api/structural/json-schema.ts';
import { validateListTypes } from '../../api/structural/list-type.ts';
import { compileRules, type RuleTree } from '../../api/structural/rules.ts';
import { validateRules } from '../../api/structural/validate-rules.ts';
import { validateValue } from '../../api/structural/validate-value.ts';
import type { KubeObject } from '../../api/types.ts';
import { customColumns } from './columns.ts';
import { customDefinitions, definitionName } from './openapi.ts';

type Content = Record<string, unknown>;
const contentOf = (object: KubeObject): Content => object as unknown as Content;

/** Everything may be in an object whose version has no schema. */
const anything: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export const schemaOf = ({ schema }: DefinitionVersion): JsonSchema => schema?.openAPIV3Schema ?? anything;

/** The kind of a version, under the names that the definition has been given. */
export function customKind(definition: CustomResourceDefinition, version: DefinitionVersion): AnyKind {
  const { spec, status, metadata } = definition;
  const names = { ...spec.names, ...status?.acceptedNames };
  const schema = schemaOf(version);
  const rules = compileRules(schema);
  const hasStatus = version.subresources?.status !== undefined;
  const scale = version.subresources?.scale;
  const gvk = { group: spec.group, version: version.name, kind: names.kind };
  return {
    ...gvk,
    listKind: names.listKind,
    plural: names.plural,
    singular: names.singular ?? '',
    ...(names.shortNames?.length && { shortNames: names.shortNames }),
    ...(names.categories?.length && { categories: names.categories }),
    namespaced: spec.scope === 'Namespaced',
    schema: definitionName(gvk),
    openApi: (openApi) => customDefinitions(gvk, schema, names.listKind ?? `${names.kind}List`, openApi),
    generation: 'all',
    plainFinalizers: true,
    versionedUpdate: true,
    ...(version.deprecated && { deprecation: version.deprecationWarning ?? deprecated(gvk) }),
    ...(metadata.deletionTimestamp !== undefined && { terminating: true as const }),
    status: hasStatus,
    ...(scale && { scale: scalePaths(scale) }),
    columns: customColumns(version.additionalPrinterColumns),
    fieldSelectors: selectors(schema, version.selectableFields ?? []),
    setDefaults: (object) => setDefaults(schema, object),
    validate: (object, old) => [...validate(schema, rules, object, old), ...validateReplicas(scale, object)],
    validateStatus: (object, old) => [
      ...validateStatus(schema, rules, object, old),
      ...validateReplicas(scale, object),
    ],
    strategy: {
      prepareForCreate: (object) => {
        if (hasStatus) delete contentOf(object)['status'];
      },
      prepareForUpdate: (object, old) => {
        if (hasStatus) restore(contentOf(object), contentOf(old), 'status');
      },
      prepareForStatusUpdate: (object, old) => {
        const { managedFields } = object.metadata;
        object.metadata = { ...old.metadata, ...(managedFields && { managedFields }) };
      },
    },
  };
}

const deprecated = ({ group, version, kind }: { group: string; version: string; kind: string }): string =>
  `${group}/${version} ${kind} is deprecated`;

function restore(object: Content, old: Content, name: string): void {
  if (Object.hasOwn(old, name)) object[name] = old[name];
  else delete object[name];
}

/** `.spec.replicas` -> `['spec', 'replicas']` */
const simplePath = (path: string): string[] => path.split('.').slice(1);

function scalePaths({
  specReplicasPath,
  statusReplicasPath,
  labelSelectorPath,
}: ScaleSubresource): ScalePaths<KubeObject> {
  return {
    specReplicas: simplePath(specReplicasPath),
    statusReplicas: simplePath(statusReplicasPath),
    selector: (object) => {
      const text = labelSelectorPath ? valueAt(object, simplePath(labelSelectorPath)) : undefined;
      return typeof text === 'string' ? text : undefined;
    },
  };
}

const valueAt = (object: unknown, path: string[]): unknown =>
  path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? (value as Content)[name] : undefined),
    object,
  );

function validateReplicas(scale: ScaleSubresource | undefined, object: KubeObject): FieldError[] {
  if (!scale) return [];
  return [scale.specReplicasPath, scale.statusReplicasPath].flatMap((path) => {
    const value = valueAt(object, simplePath(path));
    if (typeof value !== 'number') return [];
    if (value < 0) return [field.invalid(path, value, 'should be a non-negative integer')];
    const max = 2 ** 31 - 1;
    return value > max ? [field.invalid(path, value, `should be less than or equal to ${max}`)] : [];
  });
}

/** The value by which a field selector selects: what is not there is the empty text. */
function selectors(schema: JsonSchema, fields: { jsonPath: string }[]): Record<string, (object: KubeObject) => string> {
  return Object.fromEntries(
    fields.map(({ jsonPath }) => {
      const { names, path } = findField(schema, jsonPath);
      return [path, (object: KubeObject) => String(valueAt(object, names) ?? '')];
    }),
  );
}

function validate(
  schema: JsonSchema,
  rules: RuleTree | undefined,
  object: KubeObject,
  old: KubeObject | undefined,
): FieldError[] {
  const errors = [
    ...validateValue(schema, object, { old }),
    ...validateEmbeddedResources(schema, object),
    ...(old && validateListTypes(schema, old).length > 0 ? [] : validateListTypes(schema, object)),
  ];
  return [...errors, ...(rules ? validateByRules(rules, object, old, errors) : [])];
}

/** Rules may assume that types are right and limits are kept. */
const blocking = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);

function validateByRules(
  rules: RuleTree,
  object: KubeObject,
  old: KubeObject | undefined,
  errors: FieldError[],
): FieldError[] {
  if (!errors.some(({ reason }) => blocking.has(reason))) return validateRules(rules, object, old);
  const why =
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
  return [field.invalid('<nil>', null, why)];
}

function validateStatus(
  schema: JsonSchema,
  rules: RuleTree | undefined,
  object: KubeObject,
  old: KubeObject,
): FieldError[] {
  const part = propertyOf(schema, 'status');
  const status = contentOf(object)['status'];
  const errors: FieldError[] = [];
  if (part && status !== undefined) {
    errors.push(
      ...validateValue(part, status, { base: 'status', old: contentOf(old)['status'] }),
      ...validateEmbeddedResources(part, status, 'status'),
      ...validateListTypes(part, status, 'status'),
    );
  }
  return [...errors, ...(rules ? validateByRules(rules, object, old, errors) : [])];
}
