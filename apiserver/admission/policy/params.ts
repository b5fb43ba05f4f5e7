/**
 * The parameters with which a binding puts its policy in force: objects of the kind that the policy names.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/generic/policy_dispatcher.go CollectParams
 */
import { apiVersionOf } from '../../../api/kind.ts';
import { matches, selectorOf } from '../../../api/selectors.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Resource } from '../../registry/resource.ts';
import { cacheKey } from '../../registry/resource.ts';
import type { Served } from '../../registry/served.ts';
import { viewOf, viewsOf } from '../../registry/view.ts';
import type { Admission } from '../plugin.ts';
import type { ParamRef } from './binding.ts';

export interface ParamKind {
  apiVersion: string;
  kind: string;
}

/** A policy or a binding that cannot be put in force as it is. */
export class ConfigurationError extends Error {}

/** The resource of that kind, if there is one. */
export const resourceOf = (
  { resources }: Pick<Served, 'resources'>,
  { apiVersion, kind }: ParamKind,
): Resource | undefined =>
  resources.all().find((one) => one.kind.kind === kind && apiVersionOf(one.kind) === apiVersion);

/** The resource of a policy's parameters. Throws a ConfigurationError when there is none. */
export function paramResource(served: Served, paramKind: ParamKind): Resource {
  const found = resourceOf(served, paramKind);
  if (found) return found;
  const { apiVersion, kind } = paramKind;
  const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
  throw new ConfigurationError(`failed to find resource referenced by paramKind: '${groupVersion}, Kind=${kind}'`);
}

/**
 * The parameters of a binding, for each of which the policy is asked once: undefined stands for none. Throws a ConfigurationError
 * when they must be there and are not.
 */
export async function collectParams(
  admission: Admission,
  resource: Resource | undefined,
  ref: ParamRef | undefined,
): Promise<readonly (KubeObject | undefined)[]> {
  if (!resource || !ref) return [undefined];
  const found = await find(admission, resource, ref, namespaceFor(admission, resource, ref));
  if (found.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return found;
}

/** That of the binding, or the one of the request. */
function namespaceFor(admission: Admission, { kind }: Resource, { namespace }: ParamRef): string {
  if (!kind.namespaced) {
    if (!namespace) return '';
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  const own = namespace || admission.namespace;
  if (own) return own;
  throw new ConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  );
}

async function find(
  { served }: Admission,
  resource: Resource,
  { name, selector }: ParamRef,
  namespace: string,
): Promise<readonly KubeObject[]> {
  const { cache, kind } = resource;
  if (!name) {
    const entries = await viewsOf(resource, cache.list(kind.namespaced ? `${namespace}/` : ''));
    const wanted = selectorOf(selector);
    return entries.map(({ object }) => object).filter(({ metadata }) => matches(wanted, metadata.labels));
  }
  const key = cacheKey(resource, namespace, name);
  let entry = cache.get(key);
  if (!entry) {
    // It may have been created a moment ago.
    await served.reads.fresh();
    entry = cache.get(key);
  }
  return entry ? [(await viewOf(resource, entry)).object] : [];
}
