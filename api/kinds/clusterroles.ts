/** ClusterRole: what may be done in any namespace, and outside of them. Upstream: pkg/registry/rbac/clusterrole/strategy.go */
import type { Kind } from '../kind.ts';
import type { ClusterRole } from '../types.ts';
import { rbacGroup, validateAggregation, validateRules } from '../validation/rbac.ts';

export const clusterroles: Kind<ClusterRole> = {
  group: rbacGroup,
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  singular: 'clusterrole',
  namespaced: false,
  schema: 'io.k8s.api.rbac.v1.ClusterRole',
  nameRule: 'path-segment',
  createOnUpdate: true,
  countsAtOnce: true,
  validate: (role) => [...validateRules(role.rules, false), ...validateAggregation(role)],
};
