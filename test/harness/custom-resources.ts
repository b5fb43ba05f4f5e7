/** Definitions of custom resources to test with, and requests in JSON. */
import type { CustomResourceDefinition, DefinitionVersion } from '../../api/custom-resource-definition.ts';
import { isConditionTrue } from '../../api/meta.ts';
import type { JsonSchema } from '../../api/structural/json-schema.ts';
import type { KubeObject } from '../../api/types.ts';
import type { ApiServer, RawOptions } from './apiserver.ts';
import { eventually } from './eventually.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export const definitionPath = (name: string): string => `${definitions}/${name}`;

/** A schema of objects with these fields. */
export const objectOf = (properties: Record<string, JsonSchema>, more: JsonSchema = {}): JsonSchema => ({
  type: 'object',
  properties,
  ...more,
});

export const anything: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** A version that is served; the first of a definition is the one to store. */
export const versionOf = (
  name: string,
  schema: JsonSchema,
  more: Partial<DefinitionVersion> = {},
): DefinitionVersion => ({
  name,
  served: true,
  storage: false,
  schema: { openAPIV3Schema: schema },
  ...more,
});

/** `crontabs` of group `tests.example.com`, of the kind `Crontab`. */
export function definitionOf(
  plural: string,
  versions: DefinitionVersion[],
  more: Partial<CustomResourceDefinition['spec']> = {},
): CustomResourceDefinition {
  const group = 'tests.example.com';
  const singular = plural.replace(/s$/, '');
  const kind = singular[0]!.toUpperCase() + singular.slice(1);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular, kind },
      versions: versions.map((version, i) => ({ ...version, storage: i === 0 })),
      ...more,
    },
  };
}

export interface JsonAnswer<T> {
  status: number;
  body: T;
  warnings: string[];
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the server answers, which the test says.
type Anything = any;

/** A request whose body and answer are JSON. */
export async function json<T = Anything>(
  server: ApiServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<JsonAnswer<T>> {
  const options: RawOptions = { method, headers: { 'content-type': 'application/json', ...headers } };
  if (body !== undefined) options.body = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await server.raw(path, options);
  const warning = answer.headers['warning'];
  const warnings = (Array.isArray(warning) ? warning.join(', ') : (warning ?? '')).match(/"(?:\\.|[^"\\])*"/g) ?? [];
  return {
    status: answer.status,
    body: JSON.parse(answer.text) as T,
    warnings: warnings.map((text) => JSON.parse(text) as string),
  };
}

/** Creates a definition and waits until it is established on every one of the servers. */
export async function define(
  definition: CustomResourceDefinition,
  server: ApiServer,
  ...others: ApiServer[]
): Promise<CustomResourceDefinition> {
  const created = await json(server, 'POST', definitions, definition);
  if (created.status !== 201) throw new Error(`cannot define ${definition.metadata.name}: ${created.body.message}`);
  for (const one of [server, ...others]) await established(one, definition.metadata.name!);
  return created.body;
}

export const established = (server: ApiServer, name: string): Promise<CustomResourceDefinition> =>
  eventually(
    `${name} is established`,
    async () => {
      const { body } = await json<CustomResourceDefinition>(server, 'GET', definitionPath(name));
      return isConditionTrue(body.status?.conditions, 'Established') && body;
    },
    { everyMs: 20 },
  ) as Promise<CustomResourceDefinition>;

/** Changes a definition by a merge patch, and waits until the change has been seen. */
export async function redefine(server: ApiServer, name: string, spec: object): Promise<void> {
  const headers = { 'content-type': 'application/merge-patch+json' };
  const { status, body } = await json(server, 'PATCH', definitionPath(name), { spec }, headers);
  if (status !== 200) throw new Error(`cannot change ${name}: ${body.message}`);
}

/** Where the objects of a definition are: in a namespace, in the version, below the collection. */
export const objectsPath = (plural: string, version = 'v1', namespace = 'default'): string =>
  `/apis/tests.example.com/${version}/${namespace ? `namespaces/${namespace}/` : ''}${plural}`;

/** An object of a kind of `definitionOf`. */
export const objectNamed = (kind: string, name: string, content: object = {}, version = 'v1'): KubeObject => ({
  apiVersion: `tests.example.com/${version}`,
  kind,
  metadata: { name },
  ...content,
});
