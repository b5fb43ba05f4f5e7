/** What a binding of a role leaves out. Upstream: pkg/apis/rbac/v1/defaults.go */
import type { RoleBinding } from '../types.ts';
import { rbacGroup } from '../validation/rbac.ts';

/** Sets the groups of the role and of those who get it. */
export function setRoleBindingDefaults({ roleRef, subjects }: Pick<RoleBinding, 'roleRef' | 'subjects'>): void {
  if (roleRef) roleRef.apiGroup ||= rbacGroup;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
  }
}
