/**
 * Brings an object into the form in which it is stored and answered: what a round trip through Kubernetes' Go types would
 * leave. Fields that the type does not have go, and so do nulls and empty optional lists and maps; quantities become their
 * canonical text (`0.5` is `500m`), times UTC with whole seconds. A required scalar or list that is missing gets its zero
 * value, so the rules that run afterwards need not ask whether it is there; an object stays absent, because rules tell an
 * absent one from an empty one.
 *
 * The object must have passed `checkFieldsOf` without type errors.
 */
import { rfc3339 } from './meta.ts';
import { canonicalQuantity } from './quantity.ts';
import type { FieldType, Schema, TypeSchema } from './schema-type.ts';

type JsonObject = Record<string, unknown>;

/** Prunes in place. */
export function pruneFieldsOf(schema: Schema, typeName: string, object: object): void {
  const type = schema.mustType(typeName);
  const record = object as JsonObject;
  for (const name of Object.keys(record)) {
    const field = type.fields.get(name);
    const value = field && record[name];
    if (!field || value === null || value === undefined || (isEmpty(field, value) && !type.required.has(name))) {
      delete record[name];
    } else {
      const pruned = pruneValue(schema, field, value);
      if (pruned !== value) record[name] = pruned;
    }
  }
  if (type.required.size > 0) fillRequired(type, record);
}

const isEmpty = (type: FieldType, value: unknown): boolean =>
  (type.kind === 'list' || type.kind === 'map') && Object.keys(value as object).length === 0;

/** The value to keep: the same one, changed in place, unless it is a scalar that has a canonical form. */
function pruneValue(schema: Schema, type: FieldType, value: unknown): unknown {
  switch (type.kind) {
    case 'object':
      pruneFieldsOf(schema, type.type, value as object);
      return value;
    case 'list':
      return pruneEntries(schema, type.of, value as unknown as JsonObject);
    case 'map':
      return pruneEntries(schema, type.of, value as JsonObject);
    case 'quantity':
      return canonicalQuantity(value as string | number);
    case 'time':
      return value === null ? null : canonicalTime(value as string);
    default:
      return value;
  }
}

/** Gives missing required fields the value that Go gives them. */
function fillRequired(type: TypeSchema, record: JsonObject): void {
  for (const name of type.required) {
    const field = type.fields.get(name)!;
    if (record[name] !== undefined || field.kind === 'object') continue;
    const zero = zeroValue(field);
    if (zero !== null) record[name] = zero;
  }
}

/** Items of a list or values of a map; a null among them is the type's zero value, as in Go. */
function pruneEntries(schema: Schema, of: FieldType, entries: JsonObject): JsonObject {
  for (const key of Object.keys(entries)) {
    const value = entries[key];
    const pruned = pruneValue(schema, of, value ?? zeroValue(of));
    if (pruned !== value) entries[key] = pruned;
  }
  return entries;
}

function zeroValue(type: FieldType): unknown {
  switch (type.kind) {
    case 'list':
      return [];
    case 'map':
    case 'object':
      return {};
    case 'boolean':
      return false;
    case 'int32':
    case 'int64':
    case 'double':
      return 0;
    case 'quantity':
      return '0';
    case 'string':
    case 'bytes':
      return '';
    default:
      return null;
  }
}

const canonicalTime = (text: string): string =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/.test(text) ? text : rfc3339(new Date(text));
