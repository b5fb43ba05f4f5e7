/**
 * OpenAPI v2: one document for all kinds. It says what the version 3 documents say, in the older form, which kubectl 1.27 needs
 * for every manifest, and which newer ones still need to validate a `kind: List`.
 *
 * What differs: references lead to `#/definitions/`, and what a field says of itself stands beside its reference; a type of
 * several forms (a quantity, an int-or-string) is a string; a body is a parameter.
 *
 * Upstream: k8s.io/kube-openapi/pkg/builder, pkg/schemaconv. Left out: security definitions, shared parameters, paths that are
 * not about a kind, the deprecated watch paths.
 */
import { type DocumentedKind, openApiOf } from './openapi.ts';
import type {
  Content,
  Method,
  OpenApiSchema,
  OpenApiV2,
  OperationV2,
  OperationV3,
  ParameterV2,
  ParameterV3,
  PathItem,
  Schemas,
} from './openapi-types.ts';

/** The document of all the given kinds; `version` is the server's. */
export function buildOpenApiV2(kinds: readonly DocumentedKind[], version: string): OpenApiV2 {
  const { info, paths, components } = openApiOf(kinds, 2);
  return {
    swagger: '2.0',
    info: { ...info, version },
    paths: mapValues(paths, pathItemOf),
    definitions: mapValues(components.schemas, schemaOf),
  };
}

const mapValues = <T, U>(record: Record<string, T>, change: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

function pathItemOf({ parameters, ...operations }: PathItem<OperationV3, ParameterV3>) {
  return {
    ...(mapValues(operations, operationOf) as { [method in Method]?: OperationV2 }),
    parameters: parameters.map(parameterOf),
  };
}

function operationOf({ parameters = [], requestBody, responses, ...extensions }: OperationV3): OperationV2 {
  const body: ParameterV2[] = requestBody
    ? [
        {
          name: 'body',
          in: 'body',
          ...(requestBody.required && { required: true }),
          schema: bodyOf(requestBody.content),
        },
      ]
    : [];
  const produces = new Set(Object.values(responses).flatMap(({ content = {} }) => Object.keys(content)));
  return {
    ...(requestBody && { consumes: Object.keys(requestBody.content) }),
    ...(produces.size > 0 && { produces: [...produces] }),
    parameters: [...body, ...parameters.map(parameterOf)],
    responses: mapValues(responses, ({ description, content }) => ({
      description,
      ...(content && { schema: bodyOf(content) }),
    })),
    ...extensions,
  };
}

/** Version 2 has one schema for all media types; ours differ in their names only. */
const bodyOf = (content: Content): OpenApiSchema => schemaOf(Object.values(content)[0]!.schema);

const parameterOf = ({ schema, ...parameter }: ParameterV3): ParameterV2 => ({ ...parameter, ...schema });

/** `#/components/schemas/X` -> `#/definitions/X`; `{description, allOf: [ref]}` -> `{description, ...ref}`. */
function schemaOf({ allOf, oneOf, ...schema }: OpenApiSchema): OpenApiSchema {
  const { $ref, properties, items, additionalProperties } = schema;
  return {
    ...schema,
    ...(allOf && Object.assign({}, ...allOf.map(schemaOf))),
    ...(oneOf && { type: 'string' }),
    ...($ref && { $ref: $ref.replace('#/components/schemas/', '#/definitions/') }),
    ...(properties && { properties: mapValues(properties, schemaOf) as Schemas }),
    ...(items && { items: schemaOf(items) }),
    ...(additionalProperties && { additionalProperties: schemaOf(additionalProperties) }),
  };
}
