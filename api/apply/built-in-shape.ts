/**
 * The shapes of built-in types: fields from the derived schema, list and map types from the merge facts. Made when first asked
 * for, and shared by all fields of the same type.
 *
 * Upstream: kube-openapi/pkg/schemaconv, client-go/applyconfigurations/internal
 */
import { isAtomicType, keyDefault, type MergeFacts, mergeFacts } from '../merge-keys.ts';
import type { FieldType, Schema, TypeSchema } from '../schema-type.ts';
import { type AtomicShape, anyScalar, deduced, type ListShape, type ObjectShape, type Shape } from './shape.ts';

const text: Shape = { kind: 'scalar', type: 'string' };
const number: Shape = { kind: 'scalar', type: 'number' };

/** Makes and keeps the shapes of a schema's types. */
export class BuiltInShapes {
  #schema: Schema;
  #granular = new Map<string, ObjectShape>();
  #atomic = new Map<string, AtomicShape>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The shape of a type's objects. */
  of(typeName: string): ObjectShape {
    let shape = this.#granular.get(typeName);
    if (!shape) {
      const children = this.#children(typeName);
      const { fields } = this.#schema.mustType(typeName);
      shape = { kind: 'object', names: (field) => fields.has(field), child: children };
      this.#granular.set(typeName, shape);
    }
    return shape;
  }

  #ofAtomic(typeName: string): AtomicShape {
    let shape = this.#atomic.get(typeName);
    if (!shape) {
      shape = { kind: 'atomic', of: 'object', child: this.#children(typeName) };
      this.#atomic.set(typeName, shape);
    }
    return shape;
  }

  /** The shape of each field, found once. */
  #children(typeName: string): (field: string) => Shape | undefined {
    const type: TypeSchema = this.#schema.mustType(typeName);
    const known = new Map<string, Shape>();
    return (name) => {
      let shape = known.get(name);
      if (shape) return shape;
      const field = type.fields.get(name);
      if (!field) return undefined;
      shape = this.#ofField(field, mergeFacts(typeName, name));
      known.set(name, shape);
      return shape;
    };
  }

  #ofField(type: FieldType, facts: MergeFacts | undefined): Shape {
    switch (type.kind) {
      case 'object':
        return (facts?.mapType ?? (isAtomicType(type.type) ? 'atomic' : 'granular')) === 'atomic'
          ? this.#ofAtomic(type.type)
          : this.of(type.type);
      case 'map': {
        const value = this.#ofField(type.of, undefined);
        return facts?.mapType === 'atomic'
          ? { kind: 'atomic', of: 'object', child: () => value }
          : { kind: 'object', names: () => false, child: () => value };
      }
      case 'list':
        return this.#ofList(type.of, facts);
      case 'string':
      case 'bytes':
      case 'time':
      case 'microTime':
        return text;
      case 'int32':
      case 'int64':
      case 'double':
        return number;
      case 'boolean':
        return { kind: 'scalar', type: 'boolean' };
      case 'any':
        return deduced;
      default:
        return anyScalar;
    }
  }

  #ofList(of: FieldType, facts: MergeFacts | undefined): Shape {
    const item = this.#ofField(of, undefined);
    if (facts?.listType === 'set') return { kind: 'set', item };
    if (facts?.listType !== 'map' || of.kind !== 'object') return { kind: 'atomic', of: 'list', child: () => item };
    const keys: ListShape['keys'] = [...facts.listMapKeys!].sort().map((name) => {
      const otherwise = keyDefault(of.type, name);
      return otherwise === undefined ? { name } : { name, default: otherwise };
    });
    return { kind: 'list', keys, item };
  }
}
