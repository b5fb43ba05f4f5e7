/**
 * Protobuf bodies: a Kubernetes envelope becomes the object that the same body in JSON would be, so that everything behind
 * the decoder is the same for both. Numbers come from `proto-fields.ts`, types from the schema.
 *
 *     "k8s\0" Unknown{ typeMeta: { apiVersion: "v1", kind: "Namespace" }, raw: Namespace{ metadata: { name: "a" } } }
 *
 * Go writes every field that is not a pointer, also when it is zero. Such zeros are left out, as Go leaves them out of JSON;
 * the zeros of pointers stay. Empty messages stay, as they do in JSON (`resources: {}`). Unknown fields are skipped.
 * Malformed input throws ProtobufError.
 *
 * Upstream: apimachinery/pkg/runtime/serializer/protobuf/protobuf.go
 */
import { ApiError } from './errors.ts';
import { apiVersionOf } from './kind.ts';
import { parseJson } from './parse-json.ts';
import { protoFields } from './proto-fields.ts';
import { message, type TypeOf } from './protobuf.ts';
import { ProtobufError, Reader, wire } from './protobuf-wire.ts';
import { loadSchema } from './schema.ts';
import type { FieldType, TypeSchema } from './schema-type.ts';

type JsonObject = Record<string, unknown>;

/** What the body must be. */
export interface ProtobufType {
  group: string;
  version: string;
  kind: string;
  /** Name in the schema. */
  schema: string;
}

const magic = Buffer.from('k8s\0');

const Unknown = message({
  typeMeta: [1, message({ apiVersion: [1, 'string'], kind: [2, 'string'] })],
  raw: [2, 'bytes'],
});
const Quantity = message({ string: [1, 'string'] });
const IntOrString = message({ type: [1, 'int64'], intVal: [2, 'int32'], strVal: [3, 'string'] });
const Time = message({ seconds: [1, 'int64'], nanos: [2, 'int32'] });
const RawJson = message({ raw: [1, 'bytes'] });

/**
 * Decodes a body. One that says to be of another kind is not looked into: it comes back as its type alone, by which the caller
 * refuses it, as it does with JSON.
 */
export function parseProtobuf(body: Uint8Array, expected: ProtobufType): JsonObject {
  if (!magic.equals(body.subarray(0, magic.length))) {
    throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  if (body.length === magic.length) throw new ProtobufError('empty body');
  const { typeMeta, raw } = Unknown.decode(body.subarray(magic.length));
  const kind = typeMeta?.kind || expected.kind;
  const object: JsonObject = { apiVersion: typeMeta?.apiVersion || apiVersionOf(expected), kind };
  if (kind === expected.kind) readFields(new Reader(raw), fieldsOf(expected.schema), object);
  return object;
}

/** A schema of a custom resource, or what may stand in its place: several, a boolean, or names. */
interface SchemaOr {
  kind: 'schemaOr';
  other: string;
}
type ValueType = FieldType | SchemaOr | { kind: 'list' | 'map'; of: ValueType };
type Field = { name: string; type: ValueType; keepsZero: boolean } | { inline: Fields };
type Fields = Map<number, Field>;

const known = new Map<string, Fields>();

/** The fields of a schema type by their numbers. Throws a 415 for a type that the table does not have. */
export function fieldsOf(typeName: string): Fields {
  let fields = known.get(typeName);
  if (!fields) {
    const dot = typeName.lastIndexOf('.');
    fields = expand(typeName.slice(0, dot), typeName.slice(dot + 1), loadSchema().mustType(typeName).fields);
    known.set(typeName, fields);
  }
  return fields;
}

function expand(packageName: string, messageName: string, types: TypeSchema['fields']): Fields {
  const text = protoFields[packageName]?.[messageName];
  if (text === undefined) {
    const why = `protobuf bodies with a ${messageName} are not supported - accepted media types include: application/json`;
    throw new ApiError(415, 'UnsupportedMediaType', why);
  }
  const fields: Fields = new Map();
  let number = 0;
  for (const word of text.trim().split(/\s+/)) {
    const [, at, inline, name = '', or, pointer] = /^(?:(\d+):)?(\.\.\.)?([\w$-]+)(?:\|(\w+))?(\?)?$/.exec(word)!;
    number = at === undefined ? number + 1 : Number(at);
    if (inline) fields.set(number, { inline: expand(packageName, name, types) });
    else {
      const type = or === undefined ? types.get(name)! : orSchema(types.get(name)!, or);
      fields.set(number, { name, type, keepsZero: pointer !== undefined || or !== undefined });
    }
  }
  return fields;
}

/** The type with its innermost `any` replaced. */
const orSchema = (type: FieldType, other: string): ValueType =>
  'of' in type ? { kind: type.kind, of: orSchema(type.of, other) } : { kind: 'schemaOr', other };

/** Reads the rest of a message into the object. A message that comes in two parts is merged, as protobuf wants it. */
function readFields(reader: Reader, fields: Fields, into: JsonObject): void {
  while (!reader.done) {
    const tag = reader.tag();
    const wireType = tag & 7;
    const field = fields.get(tag >>> 3);
    if (!field) reader.skip(wireType);
    else if ('inline' in field) {
      if (wireType !== wire.bytes) reader.fail(`wire type ${wireType} for a message`);
      reader.nested(() => readFields(reader, field.inline, into));
    } else {
      const value = readField(reader, field.name, field.type, wireType, into[field.name]);
      if (value === undefined || (!field.keepsZero && isZero(value))) delete into[field.name];
      else into[field.name] = value;
    }
  }
}

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

/** The new value of a field; `present` is what earlier parts of the message made it. */
function readField(reader: Reader, name: string, type: ValueType, wireType: number, present: unknown): unknown {
  if (type.kind === 'list') return readItems(reader, name, type.of, wireType, (present ?? []) as unknown[]);
  checkWireType(reader, name, type, wireType);
  if (type.kind === 'map') return readEntry(reader, type.of, (present ?? {}) as JsonObject);
  return readValue(reader, type, present);
}

/** Adds one item to a list, or many numbers if they are packed. */
function readItems(reader: Reader, name: string, of: ValueType, wireType: number, list: unknown[]): unknown[] {
  if (wireType === wire.bytes && wireTypeOf(of) === wire.varint) {
    reader.nested(() => {
      while (!reader.done) list.push(readValue(reader, of));
    });
  } else {
    checkWireType(reader, name, of, wireType);
    list.push(readValue(reader, of));
  }
  return list;
}

function checkWireType(reader: Reader, name: string, type: ValueType, wireType: number): void {
  if (wireType !== wireTypeOf(type)) reader.fail(`wire type ${wireType} for field ${name}`);
}

function wireTypeOf({ kind }: ValueType): number {
  if (kind === 'double') return wire.fixed64;
  return kind === 'boolean' || kind === 'int32' || kind === 'int64' ? wire.varint : wire.bytes;
}

/**
 * Adds one entry to a map: a message of key (1) and value (2). An absent value is null, which stands for zero. A value that is a
 * list is a message by itself, with its items under 1.
 */
function readEntry(reader: Reader, of: ValueType, map: JsonObject): JsonObject {
  const value: Field = { name: 'value', type: of, keepsZero: true };
  const fields: Fields = new Map<number, Field>([
    [1, { name: 'key', type: { kind: 'string' }, keepsZero: true }],
    [2, of.kind === 'list' ? { inline: new Map([[1, value]]) } : value],
  ]);
  const entry: { key?: string; value?: unknown } = {};
  reader.nested(() => readFields(reader, fields, entry));
  const { key = '' } = entry;
  // Assigning to `__proto__` would not make an entry.
  const property = { value: entry.value ?? null, enumerable: true, writable: true, configurable: true };
  return Object.defineProperty(map, key, property);
}

/** Undefined for the zero time, which is null in JSON. */
function readValue(reader: Reader, type: ValueType, present?: unknown): unknown {
  switch (type.kind) {
    case 'object': {
      const object = (present ?? {}) as JsonObject;
      reader.nested(() => readFields(reader, fieldsOf(type.type), object));
      return object;
    }
    case 'string':
      return reader.text();
    case 'bytes':
      return reader.bytes().toString('base64');
    case 'boolean':
      return reader.varint() !== 0;
    case 'int32':
      return reader.varint() | 0;
    case 'int64':
      return reader.varint();
    case 'double':
      return reader.double();
    case 'schemaOr':
      return reader.nested(() => readSchemaOr(reader, type.other));
    case 'quantity':
      return (Quantity.inner.read(reader) as TypeOf<typeof Quantity>).string || '0';
    case 'intOrString': {
      const { type: which, intVal, strVal } = IntOrString.inner.read(reader) as TypeOf<typeof IntOrString>;
      return which === 0 ? intVal : strVal;
    }
    case 'time':
    case 'microTime':
      return readTime(reader, type.kind === 'microTime');
    case 'any':
      return readJson(reader);
    default:
      return reader.fail(`a ${type.kind} is not expected here`);
  }
}

const schemaType: FieldType = {
  kind: 'object',
  type: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps',
};

/** The message says which it is by the fields that it has. */
function readSchemaOr(reader: Reader, other: string): unknown {
  let schema: unknown;
  let allowed = false;
  const list: unknown[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    const [number, wireType] = [tag >>> 3, tag & 7];
    if (other === 'boolean' && number === 1 && wireType === wire.varint) allowed = reader.varint() !== 0;
    else if (number > 2 || wireType !== wire.bytes) reader.skip(wireType);
    else if (number === 2 && other !== 'boolean') {
      list.push(readValue(reader, other === 'schemas' ? schemaType : { kind: 'string' }));
    } else schema = readValue(reader, schemaType, schema);
  }
  if (other === 'boolean') return schema ?? allowed;
  return list.length > 0 ? list : schema;
}

function readTime(reader: Reader, micro: boolean): string | undefined {
  const { seconds, nanos } = Time.inner.read(reader) as TypeOf<typeof Time>;
  if (seconds === 0 && nanos === 0) return undefined;
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  if (!(year >= 0 && year <= 9999) || nanos < 0 || nanos >= 1e9) reader.fail('a time is out of range');
  const fraction = micro ? `.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}` : '';
  return `${date.toISOString().slice(0, 19)}${fraction}Z`;
}

function readJson(reader: Reader): unknown {
  const { raw } = RawJson.inner.read(reader) as TypeOf<typeof RawJson>;
  if (raw.length === 0) return undefined;
  try {
    return parseJson(raw.toString(), true).value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return reader.fail(error.message);
  }
}
