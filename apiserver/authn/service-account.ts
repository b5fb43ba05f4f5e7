/**
 * Who the bearer of a service account's token is. The token counts as long as the account, and the object that it is bound to, are
 * those that it was made for.
 *
 * Upstream: pkg/serviceaccount/claims.go (Validate)
 */
import type { KubeObject } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { cacheKey } from '../registry/resource.ts';
import { readStore } from '../registry/update.ts';
import type { PrivateClaims } from './service-account-issuer.ts';
import type { User } from './user.ts';

/** How long a bound object's deletion may be past. */
const leewayMs = 60_000;

/** `system:serviceaccount:NAMESPACE:NAME` */
export const userNameOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

/** The groups of every account, and of those of its namespace. */
const groupsOf = (namespace: string): string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
  'system:authenticated',
];

/** The user behind a token; undefined when it is not good, or not any more. */
export async function authenticateServiceAccount(registry: Registry, token: string): Promise<User | undefined> {
  const claims = await registry.tokenIssuer?.verify(token, registry.now());
  if (!claims?.serviceaccount || !(await isCurrent(registry, claims))) return undefined;
  const { namespace, serviceaccount } = claims;
  return { name: userNameOf(namespace, serviceaccount.name), groups: groupsOf(namespace) };
}

async function isCurrent(registry: Registry, claims: PrivateClaims): Promise<boolean> {
  const bound = [
    ['serviceaccounts', claims.serviceaccount],
    ['secrets', claims.secret],
    ['pods', claims.pod],
    // A token that is bound to a pod only says on which node that is.
    ['nodes', claims.pod ? undefined : claims.node],
  ] as const;
  for (const [plural, reference] of bound) {
    if (!reference) continue;
    const object = await find(registry, plural, claims.namespace, reference.name, reference.uid);
    const deleted = object?.metadata.deletionTimestamp;
    if (!object || (deleted && Date.parse(deleted) < registry.now().getTime() - leewayMs)) return false;
  }
  return true;
}

/** The object of that UID. What the cache does not have yet is asked of the store. */
async function find(
  registry: Registry,
  plural: string,
  namespace: string,
  name: string,
  uid: string,
): Promise<KubeObject | undefined> {
  const resource = registry.resources.must('', plural);
  const key = cacheKey(resource, namespace, name);
  const cached = resource.cache.get(key)?.object;
  const object = cached?.metadata.uid === uid ? cached : (await readStore(registry, resource, key)).entry?.object;
  return object?.metadata.uid === uid ? object : undefined;
}
