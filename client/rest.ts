/**
 * The API over HTTPS: one connection pool per process, raw requests, and typed calls per resource.
 *
 * Failures that the server reports are thrown as `ApiError`; failures to reach it are thrown as Node's network errors.
 * Nothing is retried here: callers decide what a lost race or a lost connection means to them.
 *
 * Upstream: client-go/rest, client-go/kubernetes
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { ApiError } from '../api/errors.ts';
import { apiVersionOf, type ResourceName } from '../api/kind.ts';
import type { KubeObject, List, Status, WatchEvent } from '../api/types.ts';
import { CredentialSource, type Credentials } from './credentials.ts';
import type { RestConfig } from './kubeconfig.ts';

export interface RequestOptions {
  method?: string;
  /** Path from the server's root, already encoded: `/api/v1/namespaces/default/pods`. */
  path: string;
  /** Undefined values are left out; a list repeats the parameter. */
  query?: Record<string, string | number | boolean | string[] | undefined>;
  /** A string or Buffer goes as it is, anything else as JSON. */
  body?: unknown;
  contentType?: string;
  accept?: string | undefined;
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

export interface RawResponse {
  status: number;
  headers: IncomingMessage['headers'];
  text: string;
}

export interface ListOptions {
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  limit?: number | undefined;
  continue?: string | undefined;
  resourceVersion?: string | undefined;
  /** Asks for another form of the objects, such as their metadata alone. */
  accept?: string | undefined;
}

export interface WatchOptions extends ListOptions {
  allowWatchBookmarks?: boolean | undefined;
  timeoutSeconds?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number | undefined;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
  preconditions?: { uid?: string | undefined; resourceVersion?: string | undefined } | undefined;
}

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

export interface PatchOptions {
  type?: keyof typeof patchTypes;
  subresource?: string;
}

/** How long a request that is not a watch may take before it fails. */
const defaultTimeoutMs = 30_000;

export class RestClient {
  readonly config: RestConfig;
  readonly #agent: Agent;
  /** Watches hold their connection for as long as they last, so they take none from the pool. */
  readonly #watchAgent: Agent;
  readonly #base: URL;
  readonly #userAgent: string;
  readonly #credentials: CredentialSource;
  /** Instead of the one that the credentials have. */
  #certificate: { cert: string; key: string } | undefined;

  constructor(config: RestConfig, userAgent = 'minik') {
    this.config = config;
    this.#base = new URL(config.server);
    this.#userAgent = userAgent;
    this.#credentials = new CredentialSource(config);
    const tls = { ca: config.ca, rejectUnauthorized: !config.insecureSkipTlsVerify };
    this.#agent = new Agent({ keepAlive: true, maxSockets: 16, ...tls });
    this.#watchAgent = new Agent({ keepAlive: false, ...tls });
  }

  /** Closes idle connections; the client can still be used. */
  close(): void {
    this.#agent.destroy();
    this.#watchAgent.destroy();
  }

  /** Shows another certificate from now on. What is under way goes on as it is; no other request uses those connections. */
  useCertificate(cert: string, key: string): void {
    this.#certificate = { cert, key };
  }

  /** Sends a request and reads its whole answer; throws `ApiError` for status 400 and above. */
  async request(options: RequestOptions): Promise<RawResponse> {
    const response = await this.#send(options, this.#agent, options.timeoutMs ?? defaultTimeoutMs);
    const text = await readAll(response);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw errorFrom(status, text);
    return { status, headers: response.headers, text };
  }

  /** Sends a request and returns its answer as a stream, once its status is known to be good. */
  async stream(options: RequestOptions): Promise<IncomingMessage> {
    const response = await this.#send(options, this.#watchAgent, options.timeoutMs);
    const status = response.statusCode ?? 0;
    if (status >= 400) throw errorFrom(status, await readAll(response));
    return response;
  }

  /** Requests JSON and parses it. */
  async json<T>(options: RequestOptions): Promise<T> {
    return JSON.parse((await this.request(options)).text) as T;
  }

  /** The calls of one resource. */
  of<T extends KubeObject>(resource: ResourceName<T>): ResourceClient<T> {
    return new ResourceClient<T>(this, resource);
  }

  async #send(options: RequestOptions, agent: Agent, timeoutMs?: number): Promise<IncomingMessage> {
    const response = await this.#sendAs(await this.#credentials.get(), options, agent, timeoutMs);
    if (response.statusCode === 401) this.#credentials.refused();
    return response;
  }

  #sendAs(
    { headers: identity, cert, key }: Credentials,
    options: RequestOptions,
    agent: Agent,
    timeoutMs: number | undefined,
  ): Promise<IncomingMessage> {
    const { body } = options;
    const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const payload = raw ? body : JSON.stringify(body);
    const headers: Record<string, string | string[] | number> = {
      ...identity,
      accept: options.accept ?? 'application/json',
      'user-agent': this.#userAgent,
    };
    if (payload !== undefined) {
      headers['content-type'] = options.contentType ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(payload);
    }
    const secure = this.#base.protocol === 'https:';
    const send = secure ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const request = send(
        {
          host: this.#base.hostname,
          port: this.#base.port || (secure ? 443 : 80),
          method: options.method ?? 'GET',
          path: options.path + queryString(options.query),
          headers,
          signal: options.signal,
          // With the certificate here, not in the agent, a connection is shared by requests of one certificate only.
          ...(secure && { agent, ...(this.#certificate ?? { cert, key }) }),
        },
        (response) => resolve(response),
      );
      if (timeoutMs)
        request.setTimeout(timeoutMs, () => request.destroy(new Error(`request timed out after ${timeoutMs} ms`)));
      request.on('error', reject);
      request.end(payload);
    });
  }
}

/** Typed calls of one resource. Names and namespaces are encoded here. */
export class ResourceClient<T extends KubeObject> {
  readonly #rest: RestClient;
  readonly resource: ResourceName<T>;

  constructor(rest: RestClient, resource: ResourceName<T>) {
    this.#rest = rest;
    this.resource = resource;
  }

  /** URL path of the collection, or of one object, or of a subresource of it. */
  path(namespace: string | undefined, name?: string, subresource?: string): string {
    const { group, namespaced, plural } = this.resource;
    const root = `${group ? '/apis' : '/api'}/${apiVersionOf(this.resource)}`;
    const scope = namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : '';
    const tail = [plural, name && encodeURIComponent(name), subresource].filter(Boolean).join('/');
    return `${root}${scope}/${tail}`;
  }

  get(name: string, namespace?: string): Promise<T> {
    return this.#rest.json<T>({ path: this.path(namespace, name) });
  }

  list({ namespace, accept, ...query }: ListOptions = {}): Promise<List<T>> {
    return this.#rest.json<List<T>>({ path: this.path(namespace), query, accept });
  }

  /** Yields events until the server or `signal` ends the watch. An ERROR event is thrown as `ApiError`. */
  async *watch({ namespace, signal, accept, ...query }: WatchOptions = {}): AsyncGenerator<WatchEvent<T>> {
    const response = await this.#rest.stream({
      path: this.path(namespace),
      query: { ...query, watch: true },
      accept,
      signal,
    });
    for await (const line of lines(response)) {
      const event = JSON.parse(line) as WatchEvent<T>;
      if (event.type === 'ERROR') throw ApiError.fromStatus(event.object);
      yield event;
    }
  }

  create(object: T): Promise<T> {
    return this.#write('POST', this.path(object.metadata.namespace), object);
  }

  update(object: T): Promise<T> {
    return this.#write('PUT', this.path(object.metadata.namespace, object.metadata.name), object);
  }

  updateStatus(object: T): Promise<T> {
    return this.#write('PUT', this.path(object.metadata.namespace, object.metadata.name, 'status'), object);
  }

  /** Merge patch unless `type` says otherwise. */
  patch(name: string, namespace: string | undefined, body: unknown, options: PatchOptions = {}): Promise<T> {
    const { type = 'merge', subresource } = options;
    return this.#rest.json<T>({
      method: 'PATCH',
      path: this.path(namespace, name, subresource),
      body,
      contentType: patchTypes[type],
    });
  }

  /** Resolves with the object when it stays for now (grace period, finalizers), else with a Status. */
  delete(name: string, namespace?: string, options: DeleteOptions = {}): Promise<T | Status> {
    return this.#rest.json<T | Status>({
      method: 'DELETE',
      path: this.path(namespace, name),
      body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options },
    });
  }

  deleteCollection({ namespace, ...query }: ListOptions = {}, options: DeleteOptions = {}): Promise<List<T> | Status> {
    return this.#rest.json({
      method: 'DELETE',
      path: this.path(namespace),
      query,
      body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options },
    });
  }

  #write(method: string, path: string, object: T): Promise<T> {
    const { kind } = this.resource;
    return this.#rest.json<T>({ method, path, body: { apiVersion: apiVersionOf(this.resource), kind, ...object } });
  }
}

function queryString(query: RequestOptions['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const text = parameters.toString();
  return text && `?${text}`;
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Lines of a stream, decoded only once a line is whole, so that a split character is never torn. */
async function* lines(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      held.push(chunk.subarray(start, end));
      const line = held.length === 1 ? held[0]! : Buffer.concat(held);
      held = [];
      start = end + 1;
      if (line.length > 0) yield line.toString('utf8');
    }
    if (start < chunk.length) held.push(chunk.subarray(start));
  }
}

function errorFrom(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as Partial<Status>;
    if (body.kind === 'Status') return ApiError.fromStatus(body, status);
  } catch {
    // Not JSON: a proxy or a plain-text handler answered; its text is the best message there is.
  }
  return new ApiError(status, '', text.trim() || `the server answered ${status}`);
}
