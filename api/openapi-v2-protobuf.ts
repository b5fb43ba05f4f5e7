/**
 * OpenAPI v2 in protobuf: the messages of gnostic's `openapi.v2`, as far as our documents have them, and the way from a document
 * to its bytes. A key of a schema without a field here is an error, so that nothing is dropped in silence.
 *
 * Maps are lists of named values. An extension's value is YAML text; JSON is YAML too.
 *
 * Upstream: github.com/google/gnostic/openapiv2/OpenAPIv2.proto (field numbers)
 */
import type {
  Extensions,
  OpenApiSchema,
  OpenApiV2,
  OperationV2,
  ParameterV2,
  PathItem,
  Schemas,
} from './openapi-types.ts';
import { type Init, type Message, message, repeated, type TypeOf } from './protobuf.ts';

const Any = message({ yaml: [2, 'string'] });
const NamedAny = message({ name: [1, 'string'], value: [2, Any] });
const StringList = message({ value: [1, repeated('string')] });

interface Schema {
  ref: string;
  format: string;
  description: string;
  required: string[];
  additionalProperties: { schema: Schema | undefined } | undefined;
  type: TypeOf<typeof StringList> | undefined;
  items: { schema: Schema[] } | undefined;
  properties: { additionalProperties: NamedSchema[] } | undefined;
  vendorExtension: TypeOf<typeof NamedAny>[];
}
interface NamedSchema {
  name: string;
  value: Schema | undefined;
}
const schema = (): Message<Schema> => Schema;
const NamedSchema: Message<NamedSchema> = message({ name: [1, 'string'], value: [2, schema] });
/** `Definitions` and `Properties`. */
const NamedSchemas = message({ additionalProperties: [1, repeated(NamedSchema)] });
const Schema: Message<Schema> = message({
  ref: [1, 'string'],
  format: [2, 'string'],
  description: [4, 'string'],
  required: [19, repeated('string')],
  additionalProperties: [21, message({ schema: [1, schema] })],
  type: [22, StringList],
  items: [23, message({ schema: [1, repeated(schema)] })],
  properties: [25, NamedSchemas],
  vendorExtension: [31, repeated(NamedAny)],
});

const BodyParameter = message({
  name: [2, 'string'],
  in: [3, 'string'],
  required: [4, 'bool'],
  schema: [5, Schema],
});
const parameterStart = { required: [1, 'bool'], in: [2, 'string'], name: [4, 'string'] } as const;
const QueryParameter = message({ ...parameterStart, type: [6, 'string'], uniqueItems: [20, 'bool'] });
const PathParameter = message({ ...parameterStart, type: [5, 'string'], uniqueItems: [19, 'bool'] });
const ParametersItem = message({
  parameter: [
    1,
    message({
      bodyParameter: [1, BodyParameter],
      nonBodyParameter: [2, message({ query: [3, QueryParameter], path: [4, PathParameter] })],
    }),
  ],
});

const Response = message({ description: [1, 'string'], schema: [2, message({ schema: [1, Schema] })] });
const NamedResponse = message({ name: [1, 'string'], value: [2, message({ response: [1, Response] })] });
const Operation = message({
  produces: [6, repeated('string')],
  consumes: [7, repeated('string')],
  parameters: [8, repeated(ParametersItem)],
  responses: [9, message({ responseCode: [1, repeated(NamedResponse)] })],
  vendorExtension: [13, repeated(NamedAny)],
});
const Path = message({
  get: [2, Operation],
  put: [3, Operation],
  post: [4, Operation],
  delete: [5, Operation],
  patch: [8, Operation],
  parameters: [9, repeated(ParametersItem)],
});
const NamedPath = message({ name: [1, 'string'], value: [2, Path] });

/** The whole document. */
export const Document = message({
  swagger: [1, 'string'],
  info: [2, message({ title: [1, 'string'], version: [2, 'string'] })],
  paths: [8, message({ path: [2, repeated(NamedPath)] })],
  definitions: [9, NamedSchemas],
});

/** The bytes of a document. */
export const encodeOpenApiV2 = ({ swagger, info, paths, definitions }: OpenApiV2): Buffer =>
  Document.encode({
    swagger,
    info,
    paths: { path: Object.entries(paths).map(([name, path]) => ({ name, value: pathOf(path) })) },
    definitions: namedSchemas(definitions),
  });

type Part<M> = Exclude<Init<TypeOf<M>>, Uint8Array>;

function pathOf({ parameters, ...operations }: PathItem<OperationV2, ParameterV2>): Part<typeof Path> {
  const encoded = Object.entries(operations).map(([method, operation]) => [method, operationOf(operation)]);
  return { ...Object.fromEntries(encoded), parameters: parameters.map(parameterOf) };
}

function operationOf(operation: OperationV2): Part<typeof Operation> {
  const { produces, consumes, parameters = [], responses, ...extensions } = operation;
  return {
    produces,
    consumes,
    parameters: parameters.map(parameterOf),
    responses: {
      responseCode: Object.entries(responses).map(([name, { description, schema }]) => ({
        name,
        value: { response: { description, schema: schema && { schema: schemaOf(schema) } } },
      })),
    },
    vendorExtension: namedAny(extensions),
  };
}

function parameterOf(parameter: ParameterV2): Part<typeof ParametersItem> {
  switch (parameter.in) {
    case 'body':
      return { parameter: { bodyParameter: { ...parameter, schema: schemaOf(parameter.schema) } } };
    case 'query':
      return { parameter: { nonBodyParameter: { query: parameter } } };
    case 'path':
      return { parameter: { nonBodyParameter: { path: parameter } } };
  }
}

const namedSchemas = (schemas: Schemas): Part<typeof NamedSchemas> => ({
  additionalProperties: Object.entries(schemas).map(([name, value]) => ({ name, value: schemaOf(value) })),
});

function schemaOf(value: OpenApiSchema): Part<typeof Schema> {
  const { $ref, format, description, required, additionalProperties, type, items, properties, ...rest } = value;
  return {
    ref: $ref,
    format,
    description,
    required,
    additionalProperties: additionalProperties && { schema: schemaOf(additionalProperties) },
    type: type === undefined ? undefined : { value: [type] },
    items: items && { schema: [schemaOf(items)] },
    properties: properties && namedSchemas(properties),
    vendorExtension: namedAny(rest),
  };
}

function namedAny(extensions: Extensions): Init<TypeOf<typeof NamedAny>>[] {
  return Object.entries(extensions).map(([name, value]) => {
    if (!name.startsWith('x-')) throw new TypeError(`OpenAPI v2: there is no protobuf field for ${name}`);
    return { name, value: { yaml: JSON.stringify(value) } };
  });
}
