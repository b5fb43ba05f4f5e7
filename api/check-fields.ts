/**
 * Compares an object, as parsed from JSON, with its type: which fields the type does not have, and which values are of the
 * wrong type, in the words of Kubernetes' decoder. Pure; the object is not changed.
 *
 * Upstream: sigs.k8s.io/json (unknown fields are collected), encoding/json (UnmarshalTypeError), resource.Quantity,
 * metav1.Time and intstr decoding. Like there, names are matched with their case, and null is the absence of a value.
 */
import { parseQuantity } from './quantity.ts';
import { type FieldType, type Schema, shortTypeName } from './schema-type.ts';
import { parseTimeError } from './time-format.ts';

export interface FieldCheck {
  /** `unknown field "spec.containers[0].foo"`, in the order of the object. */
  unknown: string[];
  /** `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`. */
  typeErrors: string[];
}

/**
 * One step of the way to a value: the field of a struct, whose type is `owner`, or what is in a list or a map. Texts are made of steps
 * only for what is wrong, which nearly nothing is.
 */
class Step {
  readonly outer: Step | undefined;
  readonly name: string | number;
  readonly owner: string | undefined;

  constructor(outer: Step | undefined, name: string | number, owner: string | undefined) {
    this.outer = outer;
    this.name = name;
    this.owner = owner;
  }

  /** `spec.containers[0].image` */
  get path(): string {
    if (typeof this.name === 'number') return `${this.outer?.path ?? ''}[${this.name}]`;
    return this.outer ? `${this.outer.path}.${this.name}` : this.name;
  }

  /** Go names the innermost struct, and the fields from the root without what lists and maps add: `Container.spec.containers.image`. */
  get goField(): string {
    let fields = '';
    let innermost: string | undefined;
    for (let step: Step | undefined = this; step; step = step.outer) {
      if (step.owner === undefined) continue;
      innermost ??= step.owner;
      fields = `.${step.name}${fields}`;
    }
    return shortTypeName(innermost ?? '') + fields;
  }
}

/** All unknown fields and mistyped values of an object of that type. */
export function checkFieldsOf(schema: Schema, typeName: string, object: unknown): FieldCheck {
  const found: FieldCheck = { unknown: [], typeErrors: [] };
  if (!isObject(object)) {
    found.typeErrors.push(`json: cannot unmarshal ${jsonType(object)} into Go value of type ${goTypeName(typeName)}`);
    return found;
  }
  checkStruct(schema, typeName, object, undefined, found);
  return found;
}

function checkStruct(
  schema: Schema,
  typeName: string,
  object: Record<string, unknown>,
  outer: Step | undefined,
  found: FieldCheck,
): void {
  const type = schema.mustType(typeName);
  for (const name of Object.keys(object)) {
    const field = type.fields.get(name);
    if (field) checkValue(schema, field, object[name], outer, name, typeName, found);
    else found.unknown.push(`unknown field "${new Step(outer, name, typeName).path}"`);
  }
}

/** The last step to the value is given in its parts, because most values have none within. */
function checkValue(
  schema: Schema,
  type: FieldType,
  value: unknown,
  outer: Step | undefined,
  name: string | number,
  owner: string | undefined,
  found: FieldCheck,
): void {
  if (value === null || value === undefined) return;
  if (type.kind === 'list' && Array.isArray(value)) {
    const step = new Step(outer, name, owner);
    for (let i = 0; i < value.length; i++) checkValue(schema, type.of, value[i], step, i, undefined, found);
  } else if (type.kind === 'map' && isObject(value)) {
    const step = new Step(outer, name, owner);
    for (const key of Object.keys(value)) checkValue(schema, type.of, value[key], step, key, undefined, found);
  } else if (type.kind === 'object' && isObject(value)) {
    checkStruct(schema, type.type, value, new Step(outer, name, owner), found);
  } else {
    const error = valueError(type, value);
    if (error === mistyped) found.typeErrors.push(cannotUnmarshal(type, value, new Step(outer, name, owner)));
    else if (error !== undefined) found.typeErrors.push(error);
  }
}

const mistyped = Symbol('mistyped');

/** What is wrong with a value that has no parts, if anything. Types with a decoder of their own have errors of their own. */
function valueError(type: FieldType, value: unknown): string | typeof mistyped | undefined {
  switch (type.kind) {
    case 'string':
      return typeof value === 'string' ? undefined : mistyped;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : mistyped;
    case 'double':
      return typeof value === 'number' ? undefined : mistyped;
    case 'int32':
    case 'int64':
      return isInteger(value, type.kind) ? undefined : mistyped;
    case 'intOrString':
      if (typeof value === 'string' || isInteger(value, 'int32')) return undefined;
      return `json: cannot unmarshal ${jsonType(value)} into Go value of type int32`;
    case 'bytes':
      return typeof value === 'string' ? base64Error(value) : mistyped;
    case 'quantity':
      return quantityError(value);
    case 'time':
    case 'microTime':
      if (typeof value !== 'string') return `json: cannot unmarshal ${jsonType(value)} into Go value of type string`;
      return parseTimeError(value, type.kind === 'microTime');
    case 'any':
      return undefined;
    default:
      return mistyped;
  }
}

function quantityError(value: unknown): string | undefined {
  try {
    parseQuantity(typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Go's standard base64 alphabet, padded; line breaks are ignored. */
function base64Error(text: string): string | undefined {
  const clean = text.replace(/[\r\n]/g, '');
  const stop = /^[A-Za-z0-9+/]*/.exec(clean)![0].length;
  const padding = clean.slice(stop);
  const whole = clean.length % 4 === 0 && (padding === '' || padding === '=' || padding === '==');
  return whole ? undefined : `illegal base64 data at input byte ${Math.min(stop, clean.length - (clean.length % 4))}`;
}

const cannotUnmarshal = (type: FieldType, value: unknown, step: Step): string =>
  `json: cannot unmarshal ${jsonType(value, type)} into Go struct field ${step.goField} of type ${goType(type)}`;

const limits = { int32: 2 ** 31, int64: Number.MAX_SAFE_INTEGER + 1 };

const isInteger = (value: unknown, kind: 'int32' | 'int64'): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value < limits[kind] && value >= -limits[kind];

/** Go's word for a JSON value; a number that does not fit an integer type is shown. */
function jsonType(value: unknown, into?: FieldType): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number' && (into?.kind === 'int32' || into?.kind === 'int64')) return `number ${value}`;
  return value === null ? 'null' : typeof value;
}

/** A type as Go prints it: `int32`, `[]v1.Container`, `map[string]string`. */
function goType(type: FieldType): string {
  switch (type.kind) {
    case 'list':
      return `[]${goType(type.of)}`;
    case 'map':
      return `map[string]${goType(type.of)}`;
    case 'object':
      return goTypeName(type.type);
    case 'boolean':
      return 'bool';
    case 'double':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'quantity':
      return 'resource.Quantity';
    case 'intOrString':
      return 'intstr.IntOrString';
    case 'time':
      return 'v1.Time';
    case 'microTime':
      return 'v1.MicroTime';
    case 'any':
      return 'interface {}';
    default:
      return type.kind;
  }
}

/** `io.k8s.api.core.v1.Container` -> `v1.Container` */
const goTypeName = (name: string): string => name.split('.').slice(-2).join('.');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
