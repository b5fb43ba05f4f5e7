/**
 * Types of the derived schema as types of CEL, for finding mistakes in expressions over built-in objects before they are evaluated.
 *
 * Upstream: apiserver/pkg/cel/common/schemas.go SchemaDeclType, over apiserver/pkg/cel/openapi
 */
import type { FieldType, Scalar, Schema } from '../schema-type.ts';
import type { Environment } from './engine.ts';
import { escapeName } from './escaped-names.ts';

/** Quantities and the like come in more than one form. */
const scalars: Record<Scalar, string> = {
  string: 'string',
  boolean: 'bool',
  int32: 'int',
  int64: 'int',
  double: 'double',
  bytes: 'bytes',
  time: 'google.protobuf.Timestamp',
  microTime: 'google.protobuf.Timestamp',
  quantity: 'dyn',
  intOrString: 'dyn',
  any: 'dyn',
};

/**
 * Declares a type and those that its fields need, and returns its name. `words` are those of the expressions: a field that none of
 * them names is left out. A field may be named as it is, or escaped.
 */
export function declareBuiltIn(
  environment: Environment,
  schema: Schema,
  words: ReadonlySet<string>,
  name: string,
  declared = new Set<string>(),
): string {
  const type = schema.type(name);
  if (!type) return 'dyn';
  if (declared.has(name)) return name;
  declared.add(name);
  const typeOf = (field: FieldType): string => {
    switch (field.kind) {
      case 'list':
        return `list<${typeOf(field.of)}>`;
      case 'map':
        return `map<string, ${typeOf(field.of)}>`;
      case 'object':
        return declareBuiltIn(environment, schema, words, field.type, declared);
      default:
        return scalars[field.kind];
    }
  };
  const fields = [...type.fields].flatMap(([field, fieldType]): [string, string][] => {
    const names = [...new Set([field, escapeName(field) ?? field])].filter((one) => words.has(one));
    if (names.length === 0) return [];
    const declaredType = typeOf(fieldType);
    return names.map((one) => [one, declaredType]);
  });
  environment.registerType(name, { fields: Object.fromEntries(fields) });
  allowNull(environment, name);
  return name;
}

/** An object may be compared with null, which stands for one that is not there. */
export function allowNull(environment: Environment, type: string): void {
  environment.registerOperator(`${type} == null`, (one: unknown) => one === null);
}
