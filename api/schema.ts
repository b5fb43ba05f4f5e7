/**
 * The schema of every built-in type: its fields, their types, which are required, and (on demand) their documentation.
 * The data is derived from the Kubernetes client package at install time (scripts/derive-schema.ts); loading it costs a few
 * megabytes, so only what validates bodies, merges patches or explains fields calls `loadSchema`.
 */
import { readFileSync } from 'node:fs';
import { checkFieldsOf, type FieldCheck } from './check-fields.ts';
import { pruneFieldsOf } from './prune-fields.ts';
import { Schema, type StoredType } from './schema-type.ts';

export type { FieldCheck } from './check-fields.ts';
export type { FieldType, Schema, TypeSchema } from './schema-type.ts';

let cached: Schema | undefined;

/** The schema of the built-in types, read once. */
export function loadSchema(): Schema {
  cached ??= new Schema(readDerived('schema.json') as Record<string, StoredType>);
  return cached;
}

/** Compares an object with its built-in type: see `checkFieldsOf`. */
export const checkFields = (schemaName: string, object: unknown): FieldCheck =>
  checkFieldsOf(loadSchema(), schemaName, object);

/** Brings an object that passed `checkFields` into the form in which it is stored: see `pruneFieldsOf`. */
export const prune = (schemaName: string, object: object): void => pruneFieldsOf(loadSchema(), schemaName, object);

/** Documentation by type name and field; the empty field is the type's own. Large: not kept, so ask once. */
export const loadDescriptions = (): Record<string, Record<string, string>> =>
  readDerived('schema-descriptions.json') as Record<string, Record<string, string>>;

function readDerived(file: string): unknown {
  const path = new URL(file, import.meta.url);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the derived schema api/${file}: run \`npm run prepare\` to derive it`, {
      cause: error,
    });
  }
}
