/**
 * The subjects of bindings: whom one means, and as text. A service account is a user of a certain name.
 *
 * Upstream: pkg/registry/rbac/validation/rule.go (appliesToUser, describeSubject)
 */
import type { RoleSubject } from '../types.ts';

/** `user:ann`, `group:devs`; undefined for a subject that nobody can be. `namespace` is the binding's, or empty. */
export function subjectKey({ kind, name, namespace: own }: RoleSubject, namespace: string): string | undefined {
  switch (kind) {
    case 'User':
      return userKey(name);
    case 'Group':
      return groupKey(name);
    case 'ServiceAccount': {
      const at = own || namespace;
      return at ? userKey(`system:serviceaccount:${at}:${name}`) : undefined;
    }
    default:
      return undefined;
  }
}

export const userKey = (name: string): string => `user:${name}`;
export const groupKey = (name: string): string => `group:${name}`;

/** `Group "devs"`, `ServiceAccount "ci/default"` */
export function subjectText({ kind, name, namespace: own }: RoleSubject, namespace: string): string {
  if (kind !== 'ServiceAccount') return `${kind} ${JSON.stringify(name)}`;
  return `${kind} ${JSON.stringify(`${name}/${own || namespace}`)}`;
}
