import { describe, expect, test } from 'vitest';
import { allKinds } from './kinds/all.ts';
import type { OpenApiSchema, ParameterV2, Schemas } from './openapi-types.ts';
import { buildOpenApiV2 } from './openapi-v2.ts';
import { Document, encodeOpenApiV2 } from './openapi-v2-protobuf.ts';
import type { TypeOf } from './protobuf.ts';

const document = buildOpenApiV2(allKinds, 'v1.2.3');
const definition = (name: string): OpenApiSchema => document.definitions[`io.k8s.${name}`]!;

describe('OpenAPI v2', () => {
  test('every reference leads to a definition', () => {
    const names = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1]!);
    expect(names.length).toBeGreaterThan(500);
    const known = new Set(Object.keys(document.definitions).map((name) => `#/definitions/${name}`));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  test('there is nothing of version 3 in it', () => {
    expect(document).toMatchObject({ swagger: '2.0', info: { title: 'Kubernetes', version: 'v1.2.3' } });
    expect(JSON.stringify(document)).not.toMatch(/"(requestBody|content|components)":\{|"(oneOf|allOf)":\[/);
  });

  test('what a field says of itself stands beside its reference', () => {
    expect(definition('api.apps.v1.DeploymentSpec').properties?.['strategy']).toEqual({
      $ref: '#/definitions/io.k8s.api.apps.v1.DeploymentStrategy',
      description: expect.stringContaining('replace existing pods'),
      'x-kubernetes-patch-strategy': 'retainKeys',
    });
  });

  test.each([
    ['apimachinery.pkg.api.resource.Quantity', { type: 'string' }],
    ['apimachinery.pkg.util.intstr.IntOrString', { type: 'string', format: 'int-or-string' }],
    ['apimachinery.pkg.apis.meta.v1.Time', { type: 'string', format: 'date-time' }],
    ['api.core.v1.Pod', { 'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }] }],
    [
      'api.core.v1.PodSpec',
      {
        required: ['containers'],
        properties: {
          containers: {
            type: 'array',
            items: { $ref: '#/definitions/io.k8s.api.core.v1.Container' },
            'x-kubernetes-list-map-keys': ['name'],
            'x-kubernetes-list-type': 'map',
            'x-kubernetes-patch-merge-key': 'name',
            'x-kubernetes-patch-strategy': 'merge',
          },
          nodeSelector: { type: 'object', additionalProperties: { type: 'string' }, 'x-kubernetes-map-type': 'atomic' },
        },
      },
    ],
  ])('%s', (name, expected) => {
    expect(definition(name)).toMatchObject(expected);
  });

  test('every kind has a path whose patch says which kind it is of, and takes what kubectl looks for', () => {
    for (const { group, version, kind } of allKinds.filter(({ unstored }) => !unstored)) {
      // As kubectl does: the first path about the kind decides.
      const patch = Object.values(document.paths)
        .map((path) => path.patch)
        .find((p) => {
          const gvk = p?.['x-kubernetes-group-version-kind'] as Record<string, string> | undefined;
          return gvk?.['group'] === group && gvk['version'] === version && gvk['kind'] === kind;
        });
      expect(patch, kind).toMatchObject({ 'x-kubernetes-action': 'patch' });
      const query = patch!.parameters!.filter((p) => p.in === 'query').map((p) => p.name);
      expect(query, kind).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
    }
  });

  test('a body is a parameter', () => {
    const path = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!;
    const schema = { $ref: '#/definitions/io.k8s.api.apps.v1.Deployment' };
    expect(path.put?.parameters?.[0]).toEqual({ name: 'body', in: 'body', schema });
    expect(path.put).toMatchObject({
      consumes: ['application/json', 'application/yaml'],
      produces: ['application/json'],
      responses: { 200: { description: 'OK', schema } },
    });
    expect(path.patch?.consumes).toContain('application/strategic-merge-patch+json');
    expect(path.parameters).toEqual([
      { name: 'namespace', in: 'path', required: true, type: 'string', uniqueItems: true },
      { name: 'name', in: 'path', required: true, type: 'string', uniqueItems: true },
    ]);
  });
});

describe('OpenAPI v2 in protobuf', () => {
  const decoded = Document.decode(encodeOpenApiV2(document));

  test('has every definition, whole', () => {
    expect(schemasOf(decoded.definitions!)).toEqual(document.definitions);
  });

  test('has every path, whole', () => {
    const paths = decoded.paths!.path.map(({ name, value }) => {
      const { parameters, ...operations } = value!;
      const present = Object.entries(operations).filter(([, operation]) => operation);
      return [
        name,
        {
          ...Object.fromEntries(present.map(([method, operation]) => [method, operationOf(operation!)])),
          parameters: parameters.map(parameterOf),
        },
      ];
    });
    expect(Object.fromEntries(paths)).toEqual(document.paths);
  });

  test('its fields have the numbers that clients know', () => {
    const bytes = Document.encode({ swagger: '2.0', info: { title: 'a' }, definitions: { additionalProperties: [] } });
    expect(bytes.toString('hex')).toBe('0a03322e3012030a01614a00');
  });

  test('what has no field is refused', () => {
    const definitions = { A: { oneOf: [{ type: 'string' }] } };
    expect(() => encodeOpenApiV2({ ...document, definitions })).toThrow('there is no protobuf field for oneOf');
  });
});

type Decoded = TypeOf<typeof Document>;
type DecodedSchemas = NonNullable<Decoded['definitions']>;
type DecodedSchema = NonNullable<DecodedSchemas['additionalProperties'][number]['value']>;
type DecodedPath = NonNullable<NonNullable<Decoded['paths']>['path'][number]['value']>;
type DecodedOperation = NonNullable<DecodedPath['get']>;

const schemasOf = ({ additionalProperties }: DecodedSchemas): Schemas =>
  Object.fromEntries(additionalProperties.map(({ name, value }) => [name, schemaOf(value!)]));

const extensionsOf = (extensions: DecodedSchema['vendorExtension']): object =>
  Object.fromEntries(extensions.map(({ name, value }) => [name, JSON.parse(value!.yaml)]));

function schemaOf(schema: DecodedSchema): OpenApiSchema {
  const { ref, format, description, required, additionalProperties, type, items, properties } = schema;
  return {
    ...(ref && { $ref: ref }),
    ...(format && { format }),
    ...(description && { description }),
    ...(required.length > 0 && { required }),
    ...(additionalProperties && { additionalProperties: schemaOf(additionalProperties.schema!) }),
    ...(type && { type: type.value[0]! }),
    ...(items && { items: schemaOf(items.schema[0]!) }),
    ...(properties && { properties: schemasOf(properties) }),
    ...extensionsOf(schema.vendorExtension),
  };
}

const operationOf = ({ produces, consumes, parameters, responses, vendorExtension }: DecodedOperation): object => ({
  ...(produces.length > 0 && { produces }),
  ...(consumes.length > 0 && { consumes }),
  parameters: parameters.map(parameterOf),
  responses: Object.fromEntries(
    responses!.responseCode.map(({ name, value }) => {
      const { description, schema } = value!.response!;
      return [name, { description, ...(schema && { schema: schemaOf(schema.schema!) }) }];
    }),
  ),
  ...extensionsOf(vendorExtension),
});

function parameterOf({ parameter }: DecodedPath['parameters'][number]): ParameterV2 {
  const { bodyParameter, nonBodyParameter } = parameter!;
  if (bodyParameter) {
    const { name, required, schema } = bodyParameter;
    return { name, in: 'body', ...(required && { required }), schema: schemaOf(schema!) };
  }
  const { required, ...rest } = (nonBodyParameter!.query ?? nonBodyParameter!.path)!;
  return { ...rest, in: nonBodyParameter!.query ? 'query' : 'path', ...(required && { required }) };
}
