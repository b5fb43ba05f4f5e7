/**
 * What our OpenAPI documents consist of, in version 3 and in version 2: the parts of both specifications that Kubernetes' API
 * needs.
 *
 * Upstream: k8s.io/kube-openapi/pkg/{spec3,validation/spec}
 */

/** Kubernetes' extensions, such as `x-kubernetes-action`. */
export type Extensions = { [name: `x-${string}`]: unknown };

/** A schema. `oneOf` is there in version 3 only. */
export interface OpenApiSchema extends Extensions {
  $ref?: string;
  description?: string;
  type?: string;
  format?: string;
  required?: string[];
  properties?: Schemas;
  additionalProperties?: OpenApiSchema;
  items?: OpenApiSchema;
  allOf?: OpenApiSchema[];
  oneOf?: OpenApiSchema[];
}

export type Schemas = Record<string, OpenApiSchema>;

export type Method = 'get' | 'put' | 'post' | 'delete' | 'patch';

/** A path's operations, and the parameters that all of them have. */
export type PathItem<O, P> = { [method in Method]?: O } & { parameters: P[] };

export interface Info {
  title: string;
  version: string;
}

export interface OpenApiV3 {
  openapi: '3.0.0';
  info: Info;
  paths: Record<string, PathItem<OperationV3, ParameterV3>>;
  components: { schemas: Schemas };
}

export interface OperationV3 extends Extensions {
  parameters?: ParameterV3[];
  requestBody?: { required?: boolean; content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}

/** What goes over the wire, by media type. */
export type Content = Record<string, { schema: OpenApiSchema }>;

export interface ParameterV3 {
  name: string;
  in: 'query' | 'path';
  required?: boolean;
  schema: { type: string; uniqueItems: boolean };
}

export interface OpenApiV2 {
  swagger: '2.0';
  info: Info;
  paths: Record<string, PathItem<OperationV2, ParameterV2>>;
  definitions: Schemas;
}

export interface OperationV2 extends Extensions {
  consumes?: string[];
  produces?: string[];
  parameters?: ParameterV2[];
  responses: Record<string, { description: string; schema?: OpenApiSchema }>;
}

export type ParameterV2 =
  | { name: string; in: 'query' | 'path'; required?: boolean; type: string; uniqueItems: boolean }
  | { name: string; in: 'body'; required?: boolean; schema: OpenApiSchema };
