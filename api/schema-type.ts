/** What a type's schema is: named types with fields, each of a scalar, list, map or another named type. */

/** The type of one field. `object` names another type of the schema. */
export type FieldType = { kind: Scalar } | { kind: 'list' | 'map'; of: FieldType } | { kind: 'object'; type: string };

/** What a scalar is in JSON: `any` is anything, `bytes` base64 text, `time` RFC 3339, `quantity` text or a number. */
export type Scalar =
  | 'string'
  | 'boolean'
  | 'int32'
  | 'int64'
  | 'double'
  | 'bytes'
  | 'time'
  | 'microTime'
  | 'quantity'
  | 'intOrString'
  | 'any';

export interface TypeSchema {
  /** Full name: `io.k8s.api.core.v1.Pod`. */
  name: string;
  fields: Map<string, FieldType>;
  required: ReadonlySet<string>;
  /** Only of types that are objects of their own: what `apiVersion` and `kind` say. */
  gvk?: { group: string; version: string; kind: string };
}

/** A type as `schema.json` has it. */
export interface StoredType {
  fields: Record<string, string>;
  required?: string[];
  gvk?: [string, string, string];
}

/** The last part of a type's name: `Pod`. */
export const shortTypeName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** All types by name. Types are expanded when first asked for, field types are shared between all fields alike. */
export class Schema {
  #stored: Record<string, StoredType>;
  #types = new Map<string, TypeSchema>();
  #fieldTypes = new Map<string, FieldType>();

  constructor(stored: Record<string, StoredType>) {
    this.#stored = stored;
  }

  /** The type of that name; undefined when there is none. */
  type(name: string): TypeSchema | undefined {
    const known = this.#types.get(name);
    if (known) return known;
    const stored = this.#stored[name];
    if (!stored) return undefined;
    const fields = new Map(Object.entries(stored.fields).map(([field, text]) => [field, this.#fieldType(text)]));
    const [group, version, kind] = stored.gvk ?? [];
    const type: TypeSchema = { name, fields, required: new Set(stored.required) };
    if (group !== undefined) type.gvk = { group, version: version!, kind: kind! };
    this.#types.set(name, type);
    return type;
  }

  /** The type of that name, which must exist. */
  mustType(name: string): TypeSchema {
    const type = this.type(name);
    if (!type) throw new Error(`schema: no type ${name}`);
    return type;
  }

  /** All names, sorted. */
  names(): string[] {
    return Object.keys(this.#stored);
  }

  /** `[]#io.k8s.api.core.v1.Pod` is a list of pods, `{}string` a map of strings, `int32` a scalar. */
  #fieldType(text: string): FieldType {
    const known = this.#fieldTypes.get(text);
    if (known) return known;
    let type: FieldType;
    if (text.startsWith('[]')) type = { kind: 'list', of: this.#fieldType(text.slice(2)) };
    else if (text.startsWith('{}')) type = { kind: 'map', of: this.#fieldType(text.slice(2)) };
    else if (text.startsWith('#')) type = { kind: 'object', type: text.slice(1) };
    else type = { kind: text as Scalar };
    this.#fieldTypes.set(text, type);
    return type;
  }
}
