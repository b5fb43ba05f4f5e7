/** How one field of a type merges: what strategic merge needs to know while it walks an object with its type. */
import { mergeFacts } from '../merge-keys.ts';
import type { FieldType, Schema } from '../schema-type.ts';

export interface FieldMerge {
  /** The list is merged by its items' key, or as a set when it has no key. Otherwise a list is replaced. */
  mergesList: boolean;
  mergeKey: string | undefined;
  /** The object is replaced as a whole. */
  replaces: boolean;
  retainKeys: boolean;
  /** Type of the object, or of the list's items; undefined where the schema says nothing more. */
  type: string | undefined;
}

const plain: FieldMerge = {
  mergesList: false,
  mergeKey: undefined,
  replaces: false,
  retainKeys: false,
  type: undefined,
};

/** How `field` of an object of that type merges. An unknown type or field merges like plain JSON. */
export function fieldMerge(schema: Schema, typeName: string | undefined, field: string): FieldMerge {
  const type = typeName === undefined ? undefined : schema.type(typeName)?.fields.get(field);
  if (!type) return plain;
  const facts = mergeFacts(typeName!, field);
  return {
    mergesList: facts?.patchStrategy?.includes('merge') ?? false,
    mergeKey: facts?.patchMergeKey,
    replaces: facts?.patchStrategy?.includes('replace') ?? false,
    retainKeys: facts?.patchStrategy?.includes('retainKeys') ?? false,
    type: objectTypeOf(type),
  };
}

const objectTypeOf = (type: FieldType): string | undefined => {
  if (type.kind === 'object') return type.type;
  if (type.kind === 'list') return objectTypeOf(type.of);
  return undefined;
};
