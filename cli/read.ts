/** Reading from any resource: one object, a list page by page, a watch; as objects or as the server's tables. */
import { ApiError } from '../api/errors.ts';
import type { ListMeta, Status } from '../api/types.ts';
import type { RestClient } from '../client/rest.ts';
import type { ApiResource } from './resources.ts';

/** A table's rows hold their objects' metadata; those of a whole table all of them. */
export type Form = 'table' | 'wholeTable' | 'object';

export interface Query {
  /** Absent: of all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
}

const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const accepts: Record<Form, string> = { table, wholeTable: table, object: 'application/json' };

const includeObject = (form: Form): { includeObject?: string } =>
  form === 'wholeTable' ? { includeObject: 'Object' } : {};

/** How many objects one answer holds at most. */
const pageSize = 500;

/** One object. */
export function itemOf<T>(
  rest: RestClient,
  resource: ApiResource,
  name: string,
  namespace: string | undefined,
  form: Form,
): Promise<T> {
  const path = rest.of(resource).path(namespace, name);
  return rest.json<T>({ path, query: includeObject(form), accept: accepts[form] });
}

interface Page {
  metadata: ListMeta;
  items?: unknown[];
  rows?: unknown[];
}

/** The whole collection, as a List or a Table. */
export async function listOf<T>(rest: RestClient, resource: ApiResource, query: Query, form: Form): Promise<T> {
  const { namespace, ...selectors } = query;
  const path = rest.of(resource).path(namespace);
  const ask = (more: string | undefined): Promise<Page> =>
    rest
      .json<Page>({
        path,
        query: { ...selectors, ...includeObject(form), limit: pageSize, continue: more },
        accept: accepts[form],
      })
      .catch((error: unknown) => {
        throw whileListing(resource, selectors, error);
      });
  const whole = await ask(undefined);
  for (let page = whole; page.metadata?.continue; ) {
    page = await ask(page.metadata.continue);
    whole.items?.push(...(page.items ?? []));
    whole.rows?.push(...(page.rows ?? []));
  }
  return whole as T;
}

/** What was looked for, where the server says that it cannot be. Upstream: cli-runtime/pkg/resource (EnhanceListError) */
function whileListing(
  resource: ApiResource,
  { labelSelector = '', fieldSelector = '' }: Query,
  error: unknown,
): unknown {
  if (!(error instanceof ApiError) || (error.code !== 400 && error.code !== 404)) return error;
  const what = JSON.stringify(`${resource.group}/${resource.version}, Resource=${resource.plural}`);
  const prefix =
    labelSelector || fieldSelector
      ? `Unable to find ${what} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}`
      : `Unable to list ${what}`;
  return new ApiError(error.code, error.reason, `${prefix}: ${error.message}`, error.details);
}

/** Events from that version on, as long as the server sends them. */
export async function* watchOf<T>(
  rest: RestClient,
  resource: ApiResource,
  query: Query & { resourceVersion: string | undefined; signal?: AbortSignal },
  form: Form,
): AsyncGenerator<{ type: string; object: T }> {
  const { namespace, signal, ...parameters } = query;
  const stream = await rest.stream({
    path: rest.of(resource).path(namespace),
    query: { ...parameters, watch: true },
    accept: accepts[form],
    signal,
  });
  const { createInterface } = await import('node:readline');
  for await (const line of createInterface({ input: stream })) {
    const event = JSON.parse(line) as { type: string; object: T };
    if (event.type === 'ERROR') throw ApiError.fromStatus(event.object as Status);
    if (event.type !== 'BOOKMARK') yield event;
  }
}
