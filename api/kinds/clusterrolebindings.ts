/** ClusterRoleBinding: who gets a role everywhere. Upstream: pkg/registry/rbac/clusterrolebinding/strategy.go */
import { setRoleBindingDefaults } from '../defaults/role-binding.ts';
import type { Kind } from '../kind.ts';
import type { ClusterRoleBinding } from '../types.ts';
import { rbacGroup, validateBinding } from '../validation/rbac.ts';
import { roleBindingColumns } from './role-binding-columns.ts';

export const clusterrolebindings: Kind<ClusterRoleBinding> = {
  group: rbacGroup,
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  singular: 'clusterrolebinding',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  nameRule: 'path-segment',
  createOnUpdate: true,
  countsAtOnce: true,
  setDefaults: setRoleBindingDefaults,
  validate: (binding, old) => validateBinding(binding, old, false),
  columns: roleBindingColumns,
};
