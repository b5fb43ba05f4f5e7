/**
 * OpenAPI v3 documents, one for each group version, built from the schema and the kinds. kubectl reads them to explain fields,
 * to see which parameters a write takes (`fieldValidation`), and to make patches.
 *
 * Building one takes some 20 ms and loads all descriptions: build when asked, keep the bytes.
 *
 * Upstream: apiserver/pkg/endpoints/installer.go, k8s.io/kube-openapi/pkg/handler3
 */
import { type Kind, pathOfGroupVersion } from './kind.ts';
import { openApiSchemas, ref } from './openapi-schema.ts';
import type {
  Content,
  OpenApiSchema,
  OpenApiV3,
  OperationV3,
  ParameterV3,
  PathItem,
  Schemas,
} from './openapi-types.ts';
import { loadDescriptions, loadSchema } from './schema.ts';

/** What of a kind the documents say. */
export type DocumentedKind = Pick<
  Kind,
  | 'group'
  | 'version'
  | 'kind'
  | 'plural'
  | 'namespaced'
  | 'schema'
  | 'status'
  | 'scale'
  | 'subresources'
  | 'unstored'
  | 'openApi'
>;

export interface GroupVersion {
  group: string;
  version: string;
}

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** The document of a group version; `kinds` may hold kinds of others too, which are left out. */
export const buildOpenApiV3 = (kinds: readonly DocumentedKind[], gv: GroupVersion): OpenApiV3 =>
  openApiOf(kinds.filter((k) => k.group === gv.group && k.version === gv.version));

/** One document of the given kinds, with every type that they contain; `version` is that of OpenAPI in which it will end. */
export function openApiOf(kinds: readonly DocumentedKind[], version: 2 | 3 = 3): OpenApiV3 {
  const schema = loadSchema();
  const roots = new Set<string>([`${meta}.Status`, `${meta}.DeleteOptions`]);
  const paths: Paths = {};
  const custom: Schemas = {};
  for (const kind of kinds) {
    if (kind.openApi) {
      Object.assign(custom, kind.openApi(version));
      roots.add(`${meta}.ObjectMeta`).add(`${meta}.ListMeta`);
    } else {
      roots.add(kind.schema);
      if (schema.type(`${kind.schema}List`)) roots.add(`${kind.schema}List`);
    }
    if (kind.scale) roots.add('io.k8s.api.autoscaling.v1.Scale');
    addPaths(paths, kind);
  }
  const schemas = openApiSchemas(schema, loadDescriptions(), roots);
  for (const kind of kinds) if (!kind.openApi) nameKind(schemas[kind.schema]!, kind);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: 'unversioned' },
    paths,
    components: { schemas: { ...schemas, ...custom } },
  };
}

/** Clients find the type of a kind by its name, and two versions may share a type: `SelfSubjectReview`. */
function nameKind(type: OpenApiSchema, { group, version, kind }: DocumentedKind): void {
  const names = (type['x-kubernetes-group-version-kind'] ?? []) as (GroupVersion & { kind: string })[];
  if (names.some((name) => name.group === group && name.version === version && name.kind === kind)) return;
  type['x-kubernetes-group-version-kind'] = [...names, { group, kind, version }];
}

/** The index at `/openapi/v3`: where each document is, from the hashes of their bytes. */
export const openApiIndex = (hashes: ReadonlyMap<string, string>): { paths: object } => ({
  paths: Object.fromEntries([...hashes].map(([path, hash]) => [path, { serverRelativeURL: urlOf(path, hash) }])),
});

/** Where the document of a group version is, `path` being its key in the index. */
export const urlOf = (path: string, hash: string): string => `/openapi/v3/${path}?hash=${hash}`;

type Paths = OpenApiV3['paths'];

function addPaths(paths: Paths, kind: DocumentedKind): void {
  const root = `/${pathOfGroupVersion(kind)}`;
  const collection = kind.namespaced ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const item = `${collection}/{name}`;
  const list = `${kind.schema}List`;
  if (kind.unstored) {
    const { verbs } = kind.unstored;
    const of = (verb: string, method: string, action: string, parts: OperationParts) =>
      verbs.includes(verb) && { [method]: operation(kind, action, parts) };
    const onAll = {
      ...of('list', 'get', 'list', { answer: list, query: listQuery }),
      ...of('create', 'post', 'post', { answer: kind.schema, body: kind.schema, query: writeQuery }),
    };
    paths[collection] = { ...onAll, parameters: pathParameters(collection) };
    const onOne = { ...of('get', 'get', 'get', { answer: kind.schema }) };
    if (Object.keys(onOne).length > 0) paths[item] = { ...onOne, parameters: pathParameters(item) };
    return;
  }
  paths[collection] = {
    get: operation(kind, 'list', { answer: list, query: listQuery }),
    post: operation(kind, 'post', { answer: kind.schema, body: kind.schema, query: writeQuery }),
    delete: operation(kind, 'deletecollection', { answer: `${meta}.Status`, query: [...listQuery, 'dryRun'] }),
    parameters: pathParameters(collection),
  };
  if (kind.namespaced) {
    const everywhere = `${root}/${kind.plural}`;
    paths[everywhere] = { get: operation(kind, 'list', { answer: list, query: listQuery }), parameters: [] };
  }
  paths[item] = {
    ...readAndWrite(kind, kind.schema),
    delete: operation(kind, 'delete', {
      answer: `${meta}.Status`,
      body: `${meta}.DeleteOptions`,
      query: ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'],
    }),
    parameters: pathParameters(item),
  };
  if (kind.status) paths[`${item}/status`] = { ...readAndWrite(kind, kind.schema), parameters: pathParameters(item) };
  if (kind.scale) {
    const scale = { ...kind, group: 'autoscaling', version: 'v1', kind: 'Scale' };
    const operations = readAndWrite(scale, 'io.k8s.api.autoscaling.v1.Scale');
    paths[`${item}/scale`] = { ...operations, parameters: pathParameters(item) };
  }
  for (const [name, subresource] of Object.entries(kind.subresources ?? {})) {
    const gvk = { ...kind, group: subresource.group ?? kind.group, version: subresource.version ?? kind.version };
    const about = { ...gvk, kind: subresource.kind };
    const operations = subresource.verbs.map((verb) => [
      methods[verb] ?? verb,
      operation(about, connectActions[verb] ?? verb, verb === 'patch' ? { patch: true, query: patchQuery } : {}),
    ]);
    paths[`${item}/${name}`] = { ...Object.fromEntries(operations), parameters: pathParameters(item) };
  }
}

const methods: Record<string, string> = { get: 'get', create: 'post', update: 'put', patch: 'patch', delete: 'delete' };
const connectActions: Record<string, string> = { create: 'post', update: 'put' };

function readAndWrite(about: DocumentedKind, type: string): Omit<PathItem<OperationV3, ParameterV3>, 'parameters'> {
  return {
    get: operation(about, 'get', { answer: type }),
    put: operation(about, 'put', { answer: type, body: type, query: writeQuery }),
    patch: operation(about, 'patch', { answer: type, patch: true, query: patchQuery }),
  };
}

const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation'];
const patchQuery = [...writeQuery, 'force'];
const listQuery = [
  ...['allowWatchBookmarks', 'continue', 'fieldSelector', 'labelSelector', 'limit', 'resourceVersion'],
  ...['resourceVersionMatch', 'sendInitialEvents', 'timeoutSeconds', 'watch'],
];

/** Parameters that are not text. */
const parameterTypes: Record<string, string> = {
  allowWatchBookmarks: 'boolean',
  force: 'boolean',
  gracePeriodSeconds: 'integer',
  limit: 'integer',
  orphanDependents: 'boolean',
  sendInitialEvents: 'boolean',
  timeoutSeconds: 'integer',
  watch: 'boolean',
};

const patchTypes = ['application/apply-patch+yaml', 'application/json-patch+json', 'application/merge-patch+json'];
/** Of built-in types alone, because it needs merge keys. */
const strategic = 'application/strategic-merge-patch+json';

interface OperationParts {
  answer?: string;
  body?: string;
  patch?: boolean;
  query?: string[];
}

function operation(
  about: Pick<Kind, 'group' | 'version' | 'kind' | 'openApi'>,
  action: string,
  parts: OperationParts,
): OperationV3 {
  const content = (types: string[], schema: OpenApiSchema): Content =>
    Object.fromEntries(types.map((t) => [t, { schema }]));
  const body = parts.patch
    ? { required: true, content: content(about.openApi ? patchTypes : [...patchTypes, strategic], { type: 'object' }) }
    : parts.body && { content: content(['application/json', 'application/yaml'], ref(parts.body)) };
  return {
    ...(parts.query && { parameters: parts.query.map(queryParameter) }),
    ...(body && { requestBody: body }),
    responses: {
      200: { description: 'OK', ...(parts.answer && { content: content(['application/json'], ref(parts.answer)) }) },
      401: { description: 'Unauthorized' },
    },
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group: about.group, kind: about.kind, version: about.version },
  };
}

const queryParameter = (name: string): ParameterV3 => ({
  name,
  in: 'query',
  schema: { type: parameterTypes[name] ?? 'string', uniqueItems: true },
});

const pathParameters = (path: string): ParameterV3[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name: name!,
    in: 'path',
    required: true,
    schema: { type: 'string', uniqueItems: true },
  }));
