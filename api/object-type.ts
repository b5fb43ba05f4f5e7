/**
 * What the fields of a kind's objects may be: all that the decoder of a body has to know. Built-in kinds take it from the
 * derived schema, custom resources from the schema of their definition.
 */
import { builtInShape } from './apply/built-in-shape.ts';
import type { ObjectShape } from './apply/shape.ts';
import { checkFields, type FieldCheck, loadSchema, prune } from './schema.ts';

export interface ObjectType {
  /** Compares an object, as parsed, with its type: the fields it does not have, and the values of the wrong type. */
  check(object: unknown): FieldCheck;
  /** Brings an object that has no type errors into the form in which it is stored. Changes it in place. */
  prune(object: object): void;
  /** Whether objects have a `spec`, the changes of which raise their generation. */
  readonly hasSpec: boolean;
  /** Which parts of an object have owners of their own. */
  readonly shape: ObjectShape;
  /** Name in the derived schema. What has none knows no protobuf and no strategic merge patch. */
  readonly schema?: string;
}

const known = new Map<string, ObjectType>();

/** The type of that name in the derived schema, which is read when it is first needed. */
export function builtInType(schema: string): ObjectType {
  let type = known.get(schema);
  if (!type) {
    type = {
      schema,
      check: (object) => checkFields(schema, object),
      prune: (object) => prune(schema, object),
      get hasSpec() {
        return loadSchema().mustType(schema).fields.has('spec');
      },
      get shape() {
        return builtInShape(schema);
      },
    };
    known.set(schema, type);
  }
  return type;
}
