/**
 * What OpenAPI says of a custom resource: its schema as published, with the type and metadata of every object, and the list.
 *
 * Upstream: apiextensions-apiserver/pkg/controller/openapi/builder
 */
import type { OpenApiSchema, Schemas } from '../../api/openapi-types.ts';
import { isJsonObject, type JsonSchema } from '../../api/structural/json-schema.ts';

interface Gvk {
  group: string;
  version: string;
  kind: string;
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** `stable.example.com/v1 CronTab` -> `com.example.stable.v1.CronTab` */
export const definitionName = ({ group, version, kind }: Gvk): string =>
  [...group.split('.').reverse(), version, kind].join('.');

const ref = (name: string): OpenApiSchema => ({ $ref: `#/components/schemas/${name}` });

const described = {
  apiVersion: 'APIVersion says in which version of its schema the object is written.',
  kind: 'Kind says what the object is.',
  metadata: "Standard object's metadata.",
  items: 'The objects.',
};

/** The components of a version: the object and its list. */
export function customDefinitions(gvk: Gvk, schema: JsonSchema, listKind: string, openApi: 2 | 3): Schemas {
  const name = definitionName(gvk);
  const typeMeta = {
    apiVersion: { description: described.apiVersion, type: 'string' },
    kind: { description: described.kind, type: 'string' },
  };
  const { group, version, kind } = gvk;
  const published = publish(openApi === 2 ? simplify(schema) : schema);
  return {
    [name]: {
      ...published,
      type: 'object',
      properties: {
        ...published.properties,
        ...typeMeta,
        metadata: { description: described.metadata, allOf: [ref(`${meta}.ObjectMeta`)] },
      },
      'x-kubernetes-group-version-kind': [{ group, version, kind }],
    },
    [`${name}List`]: {
      description: `${listKind} is a list of ${kind}`,
      type: 'object',
      required: ['items'],
      properties: {
        ...typeMeta,
        items: { description: described.items, type: 'array', items: ref(name) },
        metadata: { description: described.metadata, allOf: [ref(`${meta}.ListMeta`)] },
      },
      'x-kubernetes-group-version-kind': [{ group, version, kind: listKind }],
    },
  };
}

/** A schema as published. Embedded resources have a type and metadata, too; rules and other extensions are kept. */
function publish(schema: JsonSchema): OpenApiSchema {
  const { properties, items, additionalProperties, ...rest } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const published: OpenApiSchema = { ...(rest as OpenApiSchema) };
  if (properties || embedded) {
    published.properties = Object.fromEntries(
      Object.entries(properties ?? {}).map(([name, child]) => [name, publish(child)]),
    );
  }
  if (embedded) {
    published.properties = {
      apiVersion: { description: described.apiVersion, type: 'string' },
      kind: { description: described.kind, type: 'string' },
      ...published.properties,
      metadata: { description: described.metadata, allOf: [ref(`${meta}.ObjectMeta`)] },
    };
  }
  if (items) published.items = publish(items);
  if (isJsonObject(additionalProperties)) published.additionalProperties = publish(additionalProperties as JsonSchema);
  else if (additionalProperties === true) published.additionalProperties = {};
  return published;
}

/** What says which fields there are and of what type; the rest says which values are right. */
const structure = new Set(['description', 'type', 'format', 'properties', 'items', 'additionalProperties', 'required']);

/**
 * A schema as version 2 of OpenAPI can say it: what it has no words for is left open, so that no client refuses what the server
 * would take.
 */
function simplify(schema: JsonSchema): JsonSchema {
  const kept = Object.entries(schema).filter(([name]) => structure.has(name) || name.startsWith('x-'));
  const simple = Object.fromEntries(kept) as JsonSchema;
  if (schema['x-kubernetes-int-or-string'] || schema.nullable) delete simple.type;
  if (schema['x-kubernetes-preserve-unknown-fields'] || schema.nullable) {
    for (const name of ['type', 'properties', 'items', 'additionalProperties', 'required'] as const)
      delete simple[name];
    return simple;
  }
  if (schema.properties) {
    const children = Object.entries(schema.properties).map(([name, child]) => [name, simplify(child)]);
    simple.properties = Object.fromEntries(children) as Record<string, JsonSchema>;
  }
  if (schema.items) simple.items = simplify(schema.items);
  if (isJsonObject(schema.additionalProperties)) {
    simple.additionalProperties = simplify(schema.additionalProperties as JsonSchema);
  }
  return simple;
}
