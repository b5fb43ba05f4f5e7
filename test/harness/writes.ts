/** Requests that write, and what tests of them send: plain objects, JSON or any other text, with a manager of the test's own. */
import { afterAll, beforeAll } from 'vitest';
import type { KubeObject, Status } from '../../api/types.ts';
import { ApiServer } from './apiserver.ts';
import { type EtcdServer, startStore } from './etcd.ts';

type Answered = KubeObject & Partial<Status> & { status?: unknown; spec?: Record<string, unknown>; data?: object };

export interface Asked {
  status: number;
  body: Answered;
  /** The `Warning` headers. */
  warning: string;
}

export interface Writes {
  /** Asks with a body, which is JSON unless it is a text. `agent` is what the client calls itself. */
  ask(method: string, path: string, body?: unknown, type?: string, agent?: string): Promise<Asked>;
  /** Server-side apply; `query` names the manager. */
  apply(path: string, query: string, config: unknown): Promise<Asked>;
  patch(path: string, body: unknown, type?: 'merge' | 'json' | 'strategic'): Promise<Asked>;
}

/** Writes to a server that is there when the tests run. */
export function writesTo(server: () => ApiServer): Writes {
  const ask: Writes['ask'] = async (method, path, body, type = 'application/json', agent = 'tester/v1') => {
    const headers = { 'content-type': type, 'user-agent': agent };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = await server().raw(path, { method, headers, body: body === undefined ? undefined : text });
    const warning = String(answer.headers['warning'] ?? '');
    return { status: answer.status, body: JSON.parse(answer.text) as Answered, warning };
  };
  return {
    ask,
    apply: (path, query, config) => ask('PATCH', `${path}?${query}`, config, 'application/apply-patch+yaml'),
    patch: (path, body, type = 'merge') => {
      const name = { merge: 'merge-patch', json: 'json-patch', strategic: 'strategic-merge-patch' }[type];
      return ask('PATCH', path, body, `application/${name}+json`);
    },
  };
}

/** The same to a server that is started for the tests of a file, on a store of its own. */
export function writesToServerAt(port: number): Writes {
  let store: EtcdServer;
  let server: ApiServer;
  beforeAll(async () => {
    store = await startStore();
    server = await ApiServer.start(store.endpoint, port);
  });
  afterAll(async () => {
    await server?.remove();
    await store?.remove();
  });
  return writesTo(() => server);
}

export const maps = '/api/v1/namespaces/default/configmaps';
export const deployments = '/apis/apps/v1/namespaces/default/deployments';

export const mapOf = (name: string, data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...metadata },
  data,
});

export const deploymentOf = (name: string, spec: object = {}, container: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'i:1', ...container }] },
    },
    ...spec,
  },
});

/** Who owns what: `Apply a` and the set. */
export const ownersOf = ({ metadata }: KubeObject): Record<string, unknown> =>
  Object.fromEntries(
    (metadata.managedFields ?? []).map(({ operation, manager, subresource, fieldsV1 }) => [
      [operation, manager, subresource].filter(Boolean).join(' '),
      fieldsV1,
    ]),
  );
