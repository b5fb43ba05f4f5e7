/**
 * The type of a custom resource's objects, from the schema of their version: unknown fields are found and pruned, nulls and
 * defaults are settled when a body is decoded, so that everything that follows sees whole objects.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/customresource_handler.go schemaCoercingDecoder, unstructuredDefaulter
 */
import { structuralShape } from '../../api/apply/structural-shape.ts';
import type { ObjectType } from '../../api/object-type.ts';
import { pruneNulls, setDefaults } from '../../api/structural/defaults.ts';
import { checkMetadata, pruneMetadata } from '../../api/structural/embedded-resource.ts';
import { isJsonObject, type JsonSchema } from '../../api/structural/json-schema.ts';
import { pruneUnknown, unknownFields } from '../../api/structural/prune.ts';

/** Objects nest no deeper than this: they are walked by recursion. */
const maxDepth = 500;

/** The type of objects with this schema. */
export function customType(schema: JsonSchema): ObjectType {
  const shape = structuralShape(schema);
  return {
    shape,
    hasSpec: true,
    check(object) {
      if (!isJsonObject(object)) return { unknown: [], typeErrors: ['json: cannot unmarshal into an object'] };
      if (!isShallow(object, maxDepth)) return { unknown: [], typeErrors: ['exceeded max depth'] };
      const { unknown, typeErrors } = checkMetadata(schema, object);
      const others = unknownFields(schema, object).map((path) => `unknown field "${path}"`);
      return { unknown: [...unknown, ...others], typeErrors };
    },
    prune(object) {
      pruneMetadata(schema, object);
      pruneUnknown(schema, object);
      pruneNulls(schema, object);
      setDefaults(schema, object);
    },
  };
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isShallow(child, depth - 1));
}
