/**
 * The shape of a custom resource's objects, from the structural schema of their definition and its extensions for lists and
 * maps.
 *
 * Upstream: kube-openapi/pkg/schemaconv, apiextensions-apiserver/pkg/apiserver (the types of custom resources for apply)
 */
import { builtInShape } from './built-in-shape.ts';
import {
  anyAtomic,
  anyScalar,
  deduced,
  type Field,
  fieldOf,
  listKey,
  mapOf,
  type ObjectShape,
  type Shape,
} from './shape.ts';

/** What of a schema says something about ownership. */
export interface OwnershipSchema {
  type?: string;
  properties?: Record<string, OwnershipSchema>;
  additionalProperties?: OwnershipSchema | boolean;
  items?: OwnershipSchema;
  default?: unknown;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
}

const typeMeta = (): [string, Field][] =>
  ['apiVersion', 'kind'].map((name) => fieldOf(name, { kind: 'scalar', type: 'string' }));

const objectMeta = (): [string, Field] =>
  fieldOf('metadata', builtInShape('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'));

/** The shape of objects with that schema; without one only the metadata is known, and the rest is deduced. */
export function structuralShape(schema: OwnershipSchema | undefined): ObjectShape {
  const root = schema ? objectShape(schema) : deduced;
  return { kind: 'object', fields: new Map([...root.fields, ...typeMeta(), objectMeta()]), ...valuesOf(root) };
}

const valuesOf = ({ values }: ObjectShape): Pick<ObjectShape, 'values'> => (values ? { values } : {});

function shapeOf(schema: OwnershipSchema): Shape {
  const { type } = schema;
  if (schema['x-kubernetes-int-or-string']) return anyScalar;
  if (type === 'array') return listShape(schema);
  if (type === 'object' || schema.properties || schema.additionalProperties) {
    const object = objectShape(schema);
    return schema['x-kubernetes-map-type'] === 'atomic' ? { kind: 'atomic', object } : object;
  }
  if (type === 'string' || type === 'boolean') return { kind: 'scalar', type };
  if (type === 'integer' || type === 'number') return { kind: 'scalar', type: 'number' };
  return schema['x-kubernetes-preserve-unknown-fields'] ? deduced : anyAtomic;
}

function objectShape(schema: OwnershipSchema): ObjectShape {
  const fields = new Map(Object.entries(schema.properties ?? {}).map(([name, field]) => fieldOf(name, shapeOf(field))));
  if (schema['x-kubernetes-embedded-resource']) for (const field of [...typeMeta(), objectMeta()]) fields.set(...field);
  const { additionalProperties } = schema;
  if (typeof additionalProperties === 'object') return mapOf(shapeOf(additionalProperties));
  if (additionalProperties || schema['x-kubernetes-preserve-unknown-fields']) {
    return fields.size === 0 ? deduced : { kind: 'object', fields, values: deduced };
  }
  return { kind: 'object', fields };
}

function listShape(schema: OwnershipSchema): Shape {
  const { items } = schema;
  const item = items ? shapeOf(items) : anyAtomic;
  const listType = schema['x-kubernetes-list-type'];
  if (listType === 'set') return { kind: 'set', item };
  if (listType !== 'map') return { kind: 'atomic', item };
  const properties = items?.properties ?? {};
  const defaultOf = (name: string): unknown =>
    Object.hasOwn(properties, name) ? properties[name]?.default : undefined;
  const keys = [...(schema['x-kubernetes-list-map-keys'] ?? [])].sort().map((name) => listKey(name, defaultOf(name)));
  return { kind: 'list', keys, item };
}
