/** RoleBinding: who gets a role in its namespace. Upstream: pkg/registry/rbac/rolebinding/strategy.go */
import { setRoleBindingDefaults } from '../defaults/role-binding.ts';
import type { Kind } from '../kind.ts';
import type { RoleBinding } from '../types.ts';
import { rbacGroup, validateBinding } from '../validation/rbac.ts';
import { roleBindingColumns } from './role-binding-columns.ts';

export const rolebindings: Kind<RoleBinding> = {
  group: rbacGroup,
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  singular: 'rolebinding',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.RoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  countsAtOnce: true,
  setDefaults: setRoleBindingDefaults,
  validate: (binding, old) => validateBinding(binding, old, true),
  columns: roleBindingColumns,
};
