/**
 * Compares a value with its schema: types, formats, limits, required fields, and the schemas that must, may or must not hold.
 *
 * With an old value, what has not changed is not held against an update (ratcheting): a definition may be tightened without
 * making the objects that are there unchangeable.
 *
 * Upstream: kube-openapi/pkg/validation/validate, apiextensions-apiserver/pkg/apiserver/validation/{validation,ratcheting}.go
 */
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, field } from '../errors.ts';
import { type Correlated, oldChild, oldItem, uncorrelated } from './correlate.ts';
import { formatCheck } from './formats.ts';
import { isJsonObject, type JsonObject, type JsonSchema, propertyOf, valuesOf } from './json-schema.ts';
import { compilePattern } from './pattern.ts';
import { bodyError, notInEnum, placeOf, Result, schemasError, typeError } from './result.ts';

export interface ValueContext {
  /** Where the value is, for values that are not a whole object: `spec.versions[0]...default`. */
  base?: string;
  /** What was there before the update. */
  old?: unknown;
}

/** All that the schema does not allow about the value. */
export function validateValue(schema: JsonSchema, value: unknown, { base = '', old }: ValueContext = {}): FieldError[] {
  return validate(schema, value, '', base, old === undefined ? uncorrelated : { old }).errors;
}

function validate(schema: JsonSchema, value: unknown, path: string, base: string, before: Correlated): Result {
  const result = new Result();
  if (value === null) {
    result.merge(checkType(schema, value, path, base)).merge(checkEnum(schema, value, path, base));
  } else {
    for (const check of checks)
      if (check.applies(schema, value)) count(result.merge(check.run(schema, value, path, base, before)));
    count(result);
  }
  // Type and kind of the root are not ratcheted: old and new have been brought to the same version.
  if (!result.valid && before.old !== undefined && isDeepStrictEqual(before.old, value)) return new Result();
  return result;
}

const count = (result: Result): Result => {
  result.matches += 1;
  return result;
};

interface Check {
  applies(schema: JsonSchema, value: unknown): boolean;
  run(schema: JsonSchema, value: unknown, path: string, base: string, before: Correlated): Result;
}

/** In upstream's order, which is the order of the errors. */
const checks: Check[] = [
  { applies: (schema) => typesOf(schema).length > 0 || formatCheck(schema.format) !== undefined, run: checkType },
  { applies: () => true, run: checkSchemas },
  { applies: (_schema, value) => typeof value === 'string', run: checkString },
  {
    applies: (schema, value) => typeof value === 'string' && formatCheck(schema.format) !== undefined,
    run: checkFormat,
  },
  { applies: (_schema, value) => typeof value === 'number', run: checkNumber },
  { applies: (_schema, value) => Array.isArray(value), run: checkList },
  { applies: () => true, run: checkEnum },
  { applies: (_schema, value) => isJsonObject(value), run: checkObject },
];

function typesOf(schema: JsonSchema): string[] {
  if (schema['x-kubernetes-int-or-string']) return ['integer', 'string'];
  return schema.type ? [schema.type] : [];
}

function checkType(schema: JsonSchema, value: unknown, path: string, base: string): Result {
  const types = typesOf(schema);
  const result = new Result();
  if (types.length === 0) return count(result);
  const actual = typeOf(value);
  const numeric = types.includes('number') || types.includes('integer');
  const right =
    (value === null && schema.nullable === true) ||
    types.includes(actual) ||
    (actual === 'integer' && types.includes('number')) ||
    // A value with a format of its own is judged by that.
    (!numeric && formatCheck(schema.format) !== undefined && (actual === 'string' || actual === 'array'));
  return right ? count(result) : result.add(typeError(base, path, actual, types.join(',')));
}

/** OpenAPI's name of a JSON value's type; a number without a fraction is an integer. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function checkString(schema: JsonSchema, value: unknown, path: string, base: string): Result {
  const text = value as string;
  const result = new Result();
  const { maxLength, minLength, pattern } = schema;
  if (maxLength === undefined && minLength === undefined && !pattern) return result;
  const length = [...text].length;
  if (maxLength !== undefined && length > maxLength) result.add(field.tooLong(placeOf(base, path), maxLength));
  if (minLength !== undefined && length < minLength) {
    result.add(bodyError(base, path, text, `should be at least ${minLength} chars long`));
  }
  if (pattern && !compilePattern(pattern).matcher(text).find()) {
    result.add(bodyError(base, path, text, `should match '${pattern}'`));
  }
  return result;
}

function checkFormat(schema: JsonSchema, value: unknown, path: string, base: string): Result {
  const result = new Result();
  if (!formatCheck(schema.format)!(value as string)) result.add(typeError(base, path, value as string, schema.format!));
  return result;
}

function checkNumber(schema: JsonSchema, value: unknown, path: string, base: string): Result {
  const number = value as number;
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema;
  const result = new Result();
  const wrong = (what: string): Result => result.add(bodyError(base, path, number, what));
  if (multipleOf && !isMultiple(number, multipleOf)) wrong(`should be a multiple of ${multipleOf}`);
  if (maximum !== undefined && (exclusiveMaximum ? number >= maximum : number > maximum)) {
    wrong(`should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? number <= minimum : number < minimum)) {
    wrong(`should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  }
  return result;
}

/** Whether the quotient is whole, up to what floating point can tell: 0.3 is a multiple of 0.1. */
function isMultiple(number: number, factor: number): boolean {
  const quotient = number / factor;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function checkList(schema: JsonSchema, value: unknown, path: string, base: string, before: Correlated): Result {
  const list = value as unknown[];
  const result = new Result();
  const { items, maxItems, minItems, uniqueItems } = schema;
  if (items) {
    list.forEach((item, i) => {
      result.merge(validate(items, item, `${path}[${i}]`, base, oldItem(schema, before, item)));
    });
  }
  if (minItems !== undefined && list.length < minItems) {
    result.add(bodyError(base, path, list.length, `should have at least ${minItems} items`));
  }
  if (maxItems !== undefined && list.length > maxItems) {
    result.add(field.tooMany(placeOf(base, path), list.length, maxItems));
  }
  if (uniqueItems && new Set(list.map((item) => JSON.stringify(item))).size < list.length) {
    result.add(bodyError(base, path, '', "shouldn't contain duplicates"));
  }
  return result;
}

function checkEnum(schema: JsonSchema, value: unknown, path: string, base: string): Result {
  const { enum: values } = schema;
  const result = new Result();
  if (!values || values.length === 0 || values.some((one) => isDeepStrictEqual(one, value))) return result;
  return result.add(notInEnum(base, path, value, values));
}

function checkObject(schema: JsonSchema, value: unknown, path: string, base: string, before: Correlated): Result {
  const object = value as JsonObject;
  const result = new Result();
  const names = Object.keys(object);
  const { maxProperties, minProperties } = schema;
  if (minProperties !== undefined && names.length < minProperties) {
    return result.add(bodyError(base, path, names.length, `should have at least ${minProperties} properties`));
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    return result.add(field.tooMany(placeOf(base, path), names.length, maxProperties));
  }
  const child = (name: string): string => (path ? `${path}.${name}` : name);
  const values = valuesOf(schema);
  for (const name of names) {
    if (propertyOf(schema, name)) continue;
    if (schema.additionalProperties === false) {
      result.add(field.invalid(placeOf(base, path), name, `${path}.${name} in body is a forbidden property`));
    } else if (values) {
      result.merge(validate(values, object[name], child(name), base, oldChild(schema, before, name)));
    }
  }
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    if (!Object.hasOwn(object, name)) continue;
    result.merge(validate(property, object[name], child(name), base, oldChild(schema, before, name)));
  }
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(object, name)) result.add(field.required(placeOf(base, child(name))));
  }
  return result;
}

/** `anyOf`, `oneOf`, `allOf` and `not`: what they contain restricts the same value again. */
function checkSchemas(schema: JsonSchema, value: unknown, path: string, base: string): Result {
  const result = new Result();
  const against = (one: JsonSchema): Result => validate(one, value, path, base, uncorrelated);
  if (schema.anyOf?.length) checkAnyOf(schema.anyOf.map(against), result, path, base);
  if (schema.oneOf?.length) checkOneOf(schema.oneOf.map(against), result, path, base);
  if (schema.allOf?.length) {
    const results = schema.allOf.map(against);
    for (const one of results) result.merge(one);
    const valid = results.filter((one) => one.valid).length;
    if (valid < results.length) {
      result.add(schemasError(base, path, `must validate all the schemas (allOf)${valid ? '' : '. None validated'}`));
    }
  }
  if (schema.not && against(schema.not).valid) {
    result.add(schemasError(base, path, 'must not validate the schema (not)'));
  }
  return count(result);
}

/** Of the alternatives that fail, the one that matched most. */
const best = (results: Result[]): Result => results.reduce((found, one) => (one.matches > found.matches ? one : found));

function checkAnyOf(results: Result[], result: Result, path: string, base: string): void {
  const valid = results.find((one) => one.valid);
  if (!valid) result.add(schemasError(base, path, 'must validate at least one schema (anyOf)'));
  result.merge(valid ?? best(results));
}

function checkOneOf(results: Result[], result: Result, path: string, base: string): void {
  const valid = results.filter((one) => one.valid);
  if (valid.length === 1) {
    result.merge(valid[0]!);
    return;
  }
  const found = valid.length === 0 ? 'Found none valid' : `Found ${valid.length} valid alternatives`;
  result.add(schemasError(base, path, `must validate one and only one schema (oneOf). ${found}`));
  if (valid.length === 0) result.merge(best(results));
}
