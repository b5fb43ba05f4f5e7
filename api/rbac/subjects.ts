/**
 * The subjects of bindings: whom one means, and as text. A service account is a user of a certain name.
 *
 * Upstream: pkg/registry/rbac/validation/rule.go (appliesToUser, describeSubject)
 */
import type { RoleSubject } from '../types.ts';

/** A user or a group by its name. */
export interface Principal {
  is: 'user' | 'group';
  name: string;
}

/** Whom the subject means; undefined for one that nobody can be. `namespace` is the binding's, or empty. */
export function principalOf({ kind, name, namespace: own }: RoleSubject, namespace: string): Principal | undefined {
  switch (kind) {
    case 'User':
      return { is: 'user', name };
    case 'Group':
      return { is: 'group', name };
    case 'ServiceAccount': {
      const at = own || namespace;
      return at ? { is: 'user', name: `system:serviceaccount:${at}:${name}` } : undefined;
    }
    default:
      return undefined;
  }
}

/** `Group "devs"`, `ServiceAccount "ci/default"` */
export function subjectText({ kind, name, namespace: own }: RoleSubject, namespace: string): string {
  if (kind !== 'ServiceAccount') return `${kind} ${JSON.stringify(name)}`;
  return `${kind} ${JSON.stringify(`${name}/${own || namespace}`)}`;
}
