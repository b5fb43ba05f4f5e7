/** Role: what may be done in its namespace. Upstream: pkg/registry/rbac/role/strategy.go */
import type { Kind } from '../kind.ts';
import type { Role } from '../types.ts';
import { rbacGroup, validateRules } from '../validation/rbac.ts';

export const roles: Kind<Role> = {
  group: rbacGroup,
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  singular: 'role',
  namespaced: true,
  schema: 'io.k8s.api.rbac.v1.Role',
  nameRule: 'path-segment',
  createOnUpdate: true,
  countsAtOnce: true,
  validate: ({ rules }) => validateRules(rules, true),
};
