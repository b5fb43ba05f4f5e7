/**
 * The components of an OpenAPI v3 document: each type of the schema as an OpenAPI schema with Kubernetes' extensions.
 *
 * Upstream: k8s.io/kube-openapi/pkg/builder3, pkg/util/proto
 */
import { isAtomicType, type MergeFacts, mergeFacts } from './merge-keys.ts';
import type { Extensions, OpenApiSchema, Schemas } from './openapi-types.ts';
import type { FieldType, Scalar, Schema } from './schema-type.ts';

/** Types that are scalars in JSON but have a name of their own, which `explain` prints. */
const named: Partial<Record<Scalar, { name: string; schema: OpenApiSchema }>> = {
  quantity: {
    name: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
    schema: {
      description: 'Quantity is a fixed-point number with an optional suffix, such as 500m or 1Gi.',
      oneOf: [{ type: 'string' }, { type: 'number' }],
    },
  },
  intOrString: {
    name: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    schema: {
      description: 'IntOrString is a number or a text, such as a port by number or by name.',
      format: 'int-or-string',
      oneOf: [{ type: 'integer' }, { type: 'string' }],
    },
  },
  time: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
    schema: { description: 'Time is a time in RFC 3339.', type: 'string', format: 'date-time' },
  },
  microTime: {
    name: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
    schema: { description: 'MicroTime is a time in RFC 3339 with microseconds.', type: 'string', format: 'date-time' },
  },
};

const scalars: Partial<Record<Scalar, OpenApiSchema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  any: {},
};

/** The reference to a component. */
export const ref = (name: string): OpenApiSchema => ({ $ref: `#/components/schemas/${name}` });

type Descriptions = Record<string, Record<string, string>>;

/** Components for the given types and all that they contain. */
export function openApiSchemas(schema: Schema, descriptions: Descriptions, roots: Iterable<string>): Schemas {
  const components: Schemas = {};
  const pending = [...roots];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (components[name]) continue;
    const scalar = Object.values(named).find((n) => n.name === name);
    components[name] = scalar ? scalar.schema : openApiType(schema, descriptions, name);
    if (!scalar) for (const field of schema.mustType(name).fields.values()) pending.push(...componentOf(field));
  }
  return Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function componentOf(type: FieldType): string[] {
  if (type.kind === 'object') return [type.type];
  if (type.kind === 'list' || type.kind === 'map') return componentOf(type.of);
  const scalar = named[type.kind];
  return scalar ? [scalar.name] : [];
}

function openApiType(schema: Schema, all: Descriptions, name: string): OpenApiSchema {
  const type = schema.mustType(name);
  const descriptions = all[name] ?? {};
  const properties: Schemas = {};
  for (const [field, fieldType] of type.fields) {
    // The client package keeps no text for fields that are objects; their type's own says what they are.
    const text = descriptions[field] ?? (fieldType.kind === 'object' ? all[fieldType.type]?.[''] : undefined);
    properties[field] = openApiField(fieldType, text, mergeFacts(name, field));
  }
  return {
    ...(descriptions[''] && { description: descriptions[''] }),
    type: 'object',
    ...(type.required.size > 0 && { required: [...type.required] }),
    ...(type.fields.size > 0 && { properties }),
    ...(type.gvk && { 'x-kubernetes-group-version-kind': [type.gvk] }),
    ...(isAtomicType(name) && { 'x-kubernetes-map-type': 'atomic' }),
  };
}

function openApiField(type: FieldType, description: string | undefined, facts: MergeFacts | undefined): OpenApiSchema {
  const extra = { ...(description && { description }), ...extensions(facts) };
  const value = openApiValue(type);
  // Beside a `$ref` nothing counts.
  if ('$ref' in value) return Object.keys(extra).length > 0 ? { ...extra, allOf: [value] } : value;
  return { ...extra, ...value };
}

function openApiValue(type: FieldType): OpenApiSchema {
  switch (type.kind) {
    case 'list':
      return { type: 'array', items: openApiValue(type.of) };
    case 'map':
      return { type: 'object', additionalProperties: openApiValue(type.of) };
    case 'object':
      return ref(type.type);
    default: {
      const scalar = named[type.kind];
      return scalar ? ref(scalar.name) : { ...scalars[type.kind] };
    }
  }
}

const extensions = (facts: MergeFacts | undefined): Extensions => ({
  ...(facts?.listMapKeys && { 'x-kubernetes-list-map-keys': facts.listMapKeys }),
  ...(facts?.listType && { 'x-kubernetes-list-type': facts.listType }),
  ...(facts?.mapType && { 'x-kubernetes-map-type': facts.mapType }),
  ...(facts?.patchMergeKey && { 'x-kubernetes-patch-merge-key': facts.patchMergeKey }),
  ...(facts?.patchStrategy && { 'x-kubernetes-patch-strategy': facts.patchStrategy.join(',') }),
});
