/**
 * What the schema of a CustomResourceDefinition may contain, beside being structural: which parts of OpenAPI are supported,
 * and how the extensions go together.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation ValidateCustomResourceDefinitionOpenAPISchema
 */
import { type FieldError, field } from '../errors.ts';
import { findField } from './field-path.ts';
import { childSchemas, isJsonObject, type JsonSchema, type ValidationRule } from './json-schema.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const metaFields = new Set(['metadata', 'kind', 'apiVersion']);

interface Place {
  root: boolean;
  /** Inside of the type or metadata of a resource. */
  insideMeta: boolean;
  /** Why there may be no defaults; undefined where there may. */
  noDefaults: string | undefined;
}

/** Everything wrong with the schema and those below it. */
export const validateSchemaRules = (schema: JsonSchema, path: string): FieldError[] =>
  validate(schema, path, { root: true, insideMeta: false, noDefaults: undefined });

function validate(schema: JsonSchema, path: string, place: Place): FieldError[] {
  const children = [...childSchemas(schema, path)].flatMap(({ schema: child, path: childPath }) =>
    validate(child, childPath, placeOf(schema, childPath.slice(path.length + 1), place)),
  );
  return [
    ...validateSupported(schema, path, place),
    ...children,
    ...validateMapType(schema, path),
    ...validateListType(schema, path),
    ...validateItemsOfSetsAndMaps(schema, path),
    ...(schema['x-kubernetes-validations'] ?? []).flatMap((rule, i) =>
      validateRule(schema, rule, `${path}.x-kubernetes-validations[${i}]`),
    ),
  ];
}

function placeOf(schema: JsonSchema, relative: string, place: Place): Place {
  const inner = { ...place, root: false };
  if (relative === 'additionalProperties' && place.insideMeta) {
    return { ...inner, noDefaults: 'inside additionalProperties applying to object metadata' };
  }
  const name = /^properties\[(.*)\]$/s.exec(relative)?.[1];
  const isResource = place.root || schema['x-kubernetes-embedded-resource'] === true;
  if (name === undefined || !isResource || !metaFields.has(name)) return inner;
  return { ...inner, insideMeta: true, ...(place.root && { noDefaults: `in top-level ${name}` }) };
}

/** Parts of OpenAPI that Kubernetes does not take, by name. */
const unsupported = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

function validateSupported(schema: JsonSchema, path: string, { noDefaults, insideMeta }: Place): FieldError[] {
  const errors: FieldError[] = [];
  const forbid = (name: string, why: string): void => void errors.push(field.forbidden(`${path}.${name}`, why));
  const { type } = schema;
  if (type && !types.includes(type)) errors.push(field.notSupported(`${path}.type`, type, types));
  if (schema.default !== undefined && noDefaults !== undefined) forbid('default', `must not be set ${noDefaults}`);
  for (const name of unsupported) if (isGiven(schema[name])) forbid(name, `${name} is not supported`);
  if (type === 'null') forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    forbid('items', 'items must be a schema object and not an array');
  }
  if (insideMeta && schema['x-kubernetes-embedded-resource']) {
    forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
  }
  if (schema.uniqueItems) {
    forbid('uniqueItems', 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  }
  const { additionalProperties } = schema;
  if (isGiven(schema.properties) && additionalProperties !== undefined && additionalProperties !== true) {
    forbid('additionalProperties', 'additionalProperties and properties are mutual exclusive');
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const name = `${path}.x-kubernetes-preserve-unknown-fields`;
    errors.push(field.invalid(name, false, 'must be true or undefined'));
  }
  return errors;
}

/** Go's idea of a field that is set. */
const isGiven = (value: unknown): boolean =>
  isJsonObject(value) ? Object.keys(value).length > 0 : value !== undefined && value !== '' && value !== null;

function typeMustBe(schema: JsonSchema, type: string, path: string, extension: string): FieldError[] {
  if (schema.type === type) return [];
  const why = `must be ${type} if ${extension} is specified`;
  return [schema.type ? field.invalid(`${path}.type`, schema.type, why) : field.required(`${path}.type`, why)];
}

function validateMapType(schema: JsonSchema, path: string): FieldError[] {
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType === undefined) return [];
  const known = mapType === 'atomic' || mapType === 'granular';
  return [
    ...typeMustBe(schema, 'object', path, 'x-kubernetes-map-type'),
    ...(known ? [] : [field.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'])]),
  ];
}

function validateListType(schema: JsonSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const errors: FieldError[] = [];
  if (listType !== undefined) errors.push(...typeMustBe(schema, 'array', path, 'x-kubernetes-list-type'));
  if (listType === 'set' && schema.type === 'array' && schema.items) errors.push(...validateSet(schema.items, path));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) {
    errors.push(field.notSupported(`${path}.x-kubernetes-list-type`, listType, ['atomic', 'set', 'map']));
  }
  if (keys.length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    const at = `${path}.x-kubernetes-list-type`;
    errors.push(listType === undefined ? field.required(at, why) : field.invalid(at, listType, why));
  }
  if (listType === 'map') errors.push(...validateMap(schema, keys, path));
  return errors;
}

/** Items of a set are compared as a whole, so they must be atomic. */
function validateSet(items: JsonSchema, path: string): FieldError[] {
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const listType = items['x-kubernetes-list-type'];
  if (items.type === 'array' && listType !== undefined && listType !== 'atomic') {
    return [field.invalid(`${path}.items.x-kubernetes-list-type`, listType, why)];
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    return [field.invalid(`${path}.items.x-kubernetes-map-type`, listType ?? null, why)];
  }
  return [];
}

function validateMap({ items }: JsonSchema, keys: string[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = `${path}.x-kubernetes-list-map-keys`;
  if (keys.length === 0) errors.push(field.required(at, 'must not be empty if x-kubernetes-list-type is map'));
  if (!items) {
    return [...errors, field.required(`${path}.items`, 'must have a schema if x-kubernetes-list-type is map')];
  }
  if (items.type !== 'object') {
    const why = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, field.invalid(`${path}.items.type`, items.type ?? '', why)];
  }
  keys.forEach((key, i) => {
    const property = items.properties?.[key];
    if (!property) errors.push(field.invalid(at, keys, 'entries must all be names of item properties'));
    else if (property.type === 'array' || property.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(field.invalid(`${path}.items.properties[${key}].type`, items.type, why));
    }
    if (keys.indexOf(key) < i) errors.push(field.invalid(at, keys, 'must not contain duplicate entries'));
  });
  return errors;
}

/** Items that are found by their value or keys cannot be null, and must have those keys. */
function validateItemsOfSetsAndMaps(schema: JsonSchema, path: string): FieldError[] {
  const listType = schema['x-kubernetes-list-type'];
  const { items } = schema;
  if (!items || (listType !== 'set' && listType !== 'map')) return [];
  const errors: FieldError[] = [];
  if (items.nullable) {
    errors.push(
      field.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  }
  if (listType === 'set') return errors;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties?.[key];
    if (!property) continue;
    const at = `${path}.items.properties[${key}]`;
    const subject = 'this property is in x-kubernetes-list-map-keys, so it';
    if (!items.required?.includes(key) && property.default === undefined) {
      errors.push(field.required(`${at}.default`, `${subject} must have a default or be a required property`));
    }
    if (property.nullable) errors.push(field.forbidden(`${at}.nullable`, `${subject} cannot be nullable`));
  }
  return errors;
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

const hasNewline = (text: string): boolean => /[\n\r]/.test(text);

/** A rule's parts; whether its expressions compile is another question. */
function validateRule(schema: JsonSchema, rule: ValidationRule, path: string): FieldError[] {
  const { message = '', messageExpression = '', fieldPath = '', reason } = rule;
  const text = rule.rule.trim();
  const errors: FieldError[] = [];
  if (!text) errors.push(field.required(`${path}.rule`, 'rule is not specified'));
  else if (message && !message.trim()) {
    errors.push(field.invalid(`${path}.message`, message, 'must be non-empty if specified'));
  } else if (hasNewline(message.trim())) {
    errors.push(field.invalid(`${path}.message`, message, 'must not contain line breaks'));
  } else if (hasNewline(text) && !message.trim()) {
    errors.push(field.required(`${path}.message`, 'message must be specified if rule contains line breaks'));
  }
  if (messageExpression && !messageExpression.trim()) {
    const why = 'messageExpression must be non-empty if specified';
    errors.push(field.required(`${path}.messageExpression`, why));
  }
  if (reason !== undefined && !reasons.includes(reason)) {
    errors.push(field.notSupported(`${path}.reason`, reason, reasons));
  }
  const wrongPath = (why: string): void => void errors.push(field.invalid(`${path}.fieldPath`, fieldPath, why));
  if (fieldPath && !fieldPath.trim()) wrongPath('must be non-empty if specified');
  if (hasNewline(fieldPath)) wrongPath('must not contain line breaks');
  if (fieldPath && !isValidPath(schema, fieldPath)) wrongPath('must be a valid path');
  return errors;
}

function isValidPath(schema: JsonSchema, path: string): boolean {
  try {
    findField(schema, path);
    return true;
  } catch {
    return false;
  }
}
