/**
 * Schemas as types of CEL, and values as CEL sees them: integers apart from other numbers, timestamps, and objects that have
 * the fields that their schema names and no others.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/schema/cel/{model,values}.go, apiserver/pkg/cel/{escaping,types}.go
 */
import { isDeepStrictEqual } from 'node:util';
import { type Environment, engine } from '../cel/engine.ts';
import { escapeName } from '../cel/escaped-names.ts';
import { DynamicMap } from './dynamic-map.ts';
import { isJsonObject, type JsonObject, type JsonSchema, valuesOf } from './json-schema.ts';

/** A type of CEL, and how a value becomes one of it. */
export interface CelType {
  name: string;
  convert(value: unknown): unknown;
}

/** Where types are declared: the environment, and the words of the rules that they are for. A field that no rule names is left out. */
export interface Declarations {
  environment: Environment;
  words: ReadonlySet<string>;
}

/** Registers what a schema needs and returns its type; undefined for what rules cannot see. `name` is of the type, for errors. */
export function declareType(
  declarations: Declarations,
  schema: JsonSchema,
  name: string,
  isResource = schema['x-kubernetes-embedded-resource'] === true,
): CelType | undefined {
  if (schema['x-kubernetes-int-or-string']) return dynamic;
  const type = declareNonNull(declarations, schema, name, isResource);
  // The checker knows no type that may be null, so what may be is checked when it is evaluated.
  return type && schema.nullable
    ? { name: 'dyn', convert: (value) => (value === null ? null : type.convert(value)) }
    : type;
}

function declareNonNull(
  declarations: Declarations,
  schema: JsonSchema,
  name: string,
  isResource: boolean,
): CelType | undefined {
  switch (schema.type) {
    case 'array':
      return declareList(declarations, schema, name);
    case 'object':
      return declareMap(declarations, schema, name) ?? declareObject(declarations, schema, name, isResource);
    case 'string':
      return (schema.format && byFormat[schema.format]) || { name: 'string', convert: same };
    case 'boolean':
      return { name: 'bool', convert: same };
    case 'number':
      return { name: 'double', convert: same };
    case 'integer':
      return { name: 'int', convert: (value) => (Number.isInteger(value) ? BigInt(value as number) : value) };
    default:
      return undefined;
  }
}

const same = (value: unknown): unknown => value;

/** What has no one type: integers are integers all the same. */
const dynamic: CelType = { name: 'dyn', convert: toDynamic };

/** A value as CEL sees it when its type is not known. */
export function toDynamic(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(toDynamic);
  if (!isJsonObject(value)) return value;
  return new DynamicMap(value, toDynamic);
}

const timestamp: CelType = { name: 'google.protobuf.Timestamp', convert: (value) => new Date(value as string) };

const byFormat: Record<string, CelType> = {
  date: timestamp,
  'date-time': timestamp,
  datetime: timestamp,
  byte: { name: 'bytes', convert: (value) => Buffer.from(value as string, 'base64') },
  duration: {
    name: 'google.protobuf.Duration',
    convert: (value) => engine().evaluate('duration(text)', { text: value }) as unknown,
  },
};

function declareList(declarations: Declarations, { items }: JsonSchema, name: string): CelType | undefined {
  const item = items && declareType(declarations, items, `${name}.__items`);
  if (!item) return undefined;
  return {
    name: `list<${item.name}>`,
    convert: (value) => (Array.isArray(value) ? value.map(item.convert) : value),
  };
}

function declareMap(declarations: Declarations, schema: JsonSchema, name: string): CelType | undefined {
  const values = valuesOf(schema);
  const one = values && declareType(declarations, values, `${name}.__values`);
  if (!one) return undefined;
  return {
    name: `map<string, ${one.name}>`,
    convert: (value) =>
      isJsonObject(value) ? new Map(Object.entries(value).map(([key, part]) => [key, one.convert(part)])) : value,
  };
}

function declareObject(declarations: Declarations, schema: JsonSchema, name: string, isResource: boolean): CelType {
  const { environment, words } = declarations;
  const withMeta = isResource ? addMeta(schema) : schema;
  const fields = new Map<string, { name: string; type: CelType }>();
  for (const [property, child] of Object.entries(withMeta.properties ?? {})) {
    const escaped = escapeName(property);
    if (escaped === undefined || !words.has(escaped)) continue;
    const type = declareType(declarations, child, `${name}.${escaped}`);
    if (type) fields.set(property, { name: escaped, type });
  }
  const ObjectOfType = class extends CelObject {};
  environment.registerType(name, {
    ctor: ObjectOfType,
    fields: Object.fromEntries([...fields.values()].map((one) => [one.name, one.type.name])),
  });
  const isEqual = (a: CelObject, b: CelObject): boolean => a.equals(b);
  environment.registerOperator(`${name} == ${name}`, isEqual);
  return {
    name,
    convert(value) {
      if (!isJsonObject(value)) return value;
      const converted = new ObjectOfType(value);
      for (const [property, one] of fields) {
        if (Object.hasOwn(value, property)) converted.set(one.name, one.type.convert(value[property]));
      }
      return converted;
    },
  };
}

/** An object with named fields. Fields that the schema does not name are not seen, but count when objects are compared. */
class CelObject extends Map<string, unknown> {
  readonly #source: JsonObject;

  constructor(source: JsonObject) {
    super();
    this.#source = source;
  }

  equals(other: CelObject): boolean {
    return isDeepStrictEqual(this.#source, other.#source);
  }
}

/** Rules see the type and the name of every resource. */
function addMeta(schema: JsonSchema): JsonSchema {
  const text: JsonSchema = { type: 'string' };
  const metadata = { type: 'object', properties: { name: text, generateName: text } };
  return { ...schema, properties: { ...schema.properties, kind: text, apiVersion: text, metadata } };
}
