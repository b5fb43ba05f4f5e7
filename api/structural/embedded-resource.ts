/**
 * Objects inside of a custom resource that are resources themselves: their type and metadata follow the rules of every
 * object's, and the fields of their metadata are known.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/objectmeta
 */
import { type FieldError, field } from '../errors.ts';
import { dns1035LabelErrors } from '../names.ts';
import { checkFields, type FieldCheck, prune } from '../schema.ts';
import type { KubeObject } from '../types.ts';
import { validateObjectMeta } from '../validate-meta.ts';
import { childOf, isJsonObject, type JsonObject, type JsonSchema } from './json-schema.ts';

const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** Every embedded resource in the value, the root too if asked for, with its path. */
function* resources(
  schema: JsonSchema | undefined,
  value: unknown,
  path: string,
  isResource: boolean,
): Generator<{ resource: JsonObject; path: string }> {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) yield* resources(schema?.items, item, `${path}[${i}]`, false);
  } else if (isJsonObject(value)) {
    if (isResource || schema?.['x-kubernetes-embedded-resource']) yield { resource: value, path };
    for (const name of Object.keys(value)) {
      const child = childOf(schema, name);
      if (child) yield* resources(child, value[name], path ? `${path}.${name}` : name, false);
    }
  }
}

/** Unknown fields and wrong types in the metadata of the root and of embedded resources. */
export function checkMetadata(schema: JsonSchema, object: unknown): FieldCheck {
  const found: FieldCheck = { unknown: [], typeErrors: [] };
  for (const { resource, path } of resources(schema, object, '', true)) {
    if (resource['metadata'] === undefined || resource['metadata'] === null) continue;
    const place = path ? `${path}.metadata` : 'metadata';
    const { unknown, typeErrors } = checkFields(objectMeta, resource['metadata']);
    found.unknown.push(...unknown.map((text) => text.replace('unknown field "', `unknown field "${place}.`)));
    found.typeErrors.push(...typeErrors);
  }
  return found;
}

/** Brings all metadata into its stored form; it must have no type errors. */
export function pruneMetadata(schema: JsonSchema, object: unknown): void {
  for (const { resource } of resources(schema, object, '', true)) {
    if (isJsonObject(resource['metadata'])) prune(objectMeta, resource['metadata']);
  }
}

/** What is wrong with the embedded resources of an object; the root has been validated as every object is. */
export function validateEmbeddedResources(schema: JsonSchema, value: unknown, base = ''): FieldError[] {
  return [...resources(schema, value, base, false)].flatMap(({ resource, path }) => validateResource(resource, path));
}

function validateResource(resource: JsonObject, path: string): FieldError[] {
  const child = (name: string): string => (path ? `${path}.${name}` : name);
  return [
    ...validateText(resource['apiVersion'], child('apiVersion'), apiVersionErrors),
    ...validateText(resource['kind'], child('kind'), kindErrors),
    ...(isJsonObject(resource['metadata']) ? metadataErrors(resource['metadata'], path) : []),
  ];
}

function validateText(value: unknown, path: string, errorsOf: (text: string) => string[]): FieldError[] {
  if (value === undefined || value === '') return [field.required(path)];
  if (typeof value !== 'string') return [field.invalid(path, value, 'must be a string')];
  return errorsOf(value).map((why) => field.invalid(path, value, why));
}

const apiVersionErrors = (text: string): string[] =>
  text.split('/').length > 2 ? [`unexpected GroupVersion string: ${text}`] : [];

function kindErrors(text: string): string[] {
  const errors = dns1035LabelErrors(text.toLowerCase());
  return errors.length > 0 ? [`may have mixed case, but should otherwise match: ${errors.join(',')}`] : [];
}

function metadataErrors(metadata: JsonObject, path: string): FieldError[] {
  // An embedded object needs no name, and its namespace is its own affair.
  const meta = { ...metadata, name: metadata['name'] || 'fakename' };
  const namespaced = Boolean(metadata['namespace']);
  const rules = { namespaced, nameRule: 'path-segment', plainFinalizers: true } as const;
  return validateObjectMeta(rules, { metadata: meta } as KubeObject).map((error) => ({
    ...error,
    field: path ? `${path}.${error.field}` : error.field,
  }));
}
