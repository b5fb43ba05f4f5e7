/**
 * The shapes of built-in types: fields from the derived schema, list and map types from the merge facts. Made when first asked
 * for, and shared by all fields of the same type.
 *
 * Upstream: kube-openapi/pkg/schemaconv, client-go/applyconfigurations/internal
 */
import { isAtomicType, keyDefault, type MergeFacts, mergeFacts } from '../merge-keys.ts';
import { loadSchema } from '../schema.ts';
import type { FieldType, Schema } from '../schema-type.ts';
import {
  type AtomicShape,
  anyScalar,
  deduced,
  type Field,
  fieldOf,
  listKey,
  mapOf,
  type ObjectShape,
  type ScalarShape,
  type Shape,
} from './shape.ts';

const scalars: Record<string, Shape> = {
  string: { kind: 'scalar', type: 'string' },
  number: { kind: 'scalar', type: 'number' },
  boolean: { kind: 'scalar', type: 'boolean' },
} satisfies Record<string, ScalarShape>;

/** What a scalar of the schema is in JSON. The rest may be text or a number. */
const jsonTypes: Record<string, keyof typeof scalars> = {
  string: 'string',
  bytes: 'string',
  time: 'string',
  microTime: 'string',
  int32: 'number',
  int64: 'number',
  double: 'number',
  boolean: 'boolean',
};

/** Makes and keeps the shapes of a schema's types. */
class BuiltInShapes {
  #schema: Schema;
  #known = new Map<string, ObjectShape>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The shape of a type's objects. A type may contain itself. */
  of(typeName: string): ObjectShape {
    const known = this.#known.get(typeName);
    if (known) return known;
    const fields = new Map<string, Field>();
    const shape: ObjectShape = { kind: 'object', fields };
    this.#known.set(typeName, shape);
    for (const [name, type] of this.#schema.mustType(typeName).fields) {
      fields.set(...fieldOf(name, this.#ofField(type, mergeFacts(typeName, name))));
    }
    return shape;
  }

  #ofField(type: FieldType, facts: MergeFacts | undefined): Shape {
    if (type.kind === 'list') return this.#ofList(type.of, facts);
    if (type.kind === 'any') return deduced;
    if (type.kind === 'map')
      return this.#ofObject(mapOf(this.#ofField(type.of, undefined)), facts?.mapType === 'atomic');
    if (type.kind !== 'object') return scalars[jsonTypes[type.kind] ?? ''] ?? anyScalar;
    return this.#ofObject(this.of(type.type), facts?.mapType ? facts.mapType === 'atomic' : isAtomicType(type.type));
  }

  #ofObject = (object: ObjectShape, atomic: boolean): Shape => (atomic ? { kind: 'atomic', object } : object);

  #ofList(of: FieldType, facts: MergeFacts | undefined): Shape {
    const item = this.#ofField(of, undefined);
    if (facts?.listType === 'set') return { kind: 'set', item };
    if (facts?.listType !== 'map' || of.kind !== 'object') return { kind: 'atomic', item } satisfies AtomicShape;
    const keys = [...facts.listMapKeys!].sort().map((name) => listKey(name, keyDefault(of.type, name)));
    return { kind: 'list', keys, item };
  }
}

let shapes: BuiltInShapes | undefined;

/** The shape of a built-in type's objects, by its name in the schema. */
export function builtInShape(typeName: string): ObjectShape {
  shapes ??= new BuiltInShapes(loadSchema());
  return shapes.of(typeName);
}
