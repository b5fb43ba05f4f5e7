/**
 * The options of a connection, from the query and the path of its request, as admission sees them: an object of a kind of its own, such
 * as PodExecOptions. What admission makes of them is what counts.
 *
 * Upstream: pkg/apis/core/types.go, apiserver/pkg/endpoints/handlers/rest.go ConnectResource, getRequestOptions
 */
import { badRequest, internalError } from '../../api/errors.ts';
import type { KubeObject } from '../../api/types.ts';
import { admitOrder } from '../admission/admit.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Call } from '../request/call.ts';
import { queryBool } from '../request/info.ts';

/** Of exec and attach. */
export interface StreamOptions {
  container?: string;
  command?: string[];
  stdin?: boolean;
  stdout?: boolean;
  stderr?: boolean;
  tty?: boolean;
}

export interface PortForwardOptions {
  ports?: number[];
}

/** Of the proxies. */
export interface ProxyOptions {
  path?: string;
}

const streamNames = ['stdin', 'stdout', 'stderr', 'tty'] as const;

/** Reads the options of exec and attach. */
export function streamOptions(query: URLSearchParams): StreamOptions {
  const streams = streamNames.filter((name) => queryBool(query, name)).map((name) => [name, true] as const);
  const container = query.get('container');
  const command = query.getAll('command');
  return { ...Object.fromEntries(streams), ...(container && { container }), ...(command.length > 0 && { command }) };
}

/** Reads the ports to forward. Throws a 400 for what is no number. */
export function portForwardOptions(query: URLSearchParams): PortForwardOptions {
  const texts = query.getAll('ports').flatMap((text) => text.split(','));
  for (const text of texts) {
    if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  return texts.length > 0 ? { ports: texts.map(Number) } : {};
}

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === 'string';
const isBool: Check = (value) => typeof value === 'boolean';
const checks: Record<string, Check> = {
  container: isText,
  path: isText,
  command: (value) => Array.isArray(value) && value.every(isText),
  ports: (value) => Array.isArray(value) && value.every(Number.isInteger),
  ...Object.fromEntries(streamNames.map((name) => [name, isBool])),
};

/** Asks admission about the connection, and returns the options as it leaves them. */
export async function admitConnect<T extends object>(
  registry: Registry,
  resource: Resource,
  { info, user, warnings, auditAnnotations }: Call,
  kind: string,
  options: T,
): Promise<T> {
  const object = { kind, apiVersion: 'v1', ...options } as T & KubeObject;
  const { subresource, namespace, name } = info;
  await admitOrder(registry.admission, {
    operation: 'connect',
    resource,
    subresource,
    kind: { group: '', version: 'v1', kind },
    namespace,
    name,
    object,
    options: { user, warnings, auditAnnotations, dryRun: false },
    served: registry,
  });
  for (const [field, isRight] of Object.entries(checks)) {
    const value = (object as Record<string, unknown>)[field];
    if (value !== undefined && !isRight(value)) throw internalError(`${kind}: admission has made ${field} unusable`);
  }
  return object;
}
