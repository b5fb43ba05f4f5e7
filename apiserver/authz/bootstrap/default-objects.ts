/**
 * The tables of default roles and bindings as objects, with the label that they are known by and the annotation that lets the
 * next start repair them.
 */
import { autoUpdateAnnotation } from '../../../api/rbac/reconcile.ts';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, RoleSubject } from '../../../api/types.ts';
import { rbacGroup } from '../../../api/validation/rbac.ts';
import { clusterRoleBindings, roleBindings } from './bindings.ts';
import { aggregated, aggregatedInto, clusterRoles, type RoleTable } from './cluster-roles.ts';
import { controllerRoles } from './controller-roles.ts';
import { namespaceRoles } from './namespace-roles.ts';
import { ruleOf } from './rule-table.ts';

const metadataOf = (name: string, namespace?: string, labels?: Record<string, string>) => ({
  name,
  ...(namespace && { namespace }),
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { [autoUpdateAnnotation]: 'true' },
});

const label = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`;
const into = (role: string | undefined): Record<string, string> => (role ? { [label(role)]: 'true' } : {});

/** The cluster roles, those of controllers among them. */
export function defaultClusterRoles(): ClusterRole[] {
  const controllers = Object.entries(controllerRoles).map(
    ([name, lines]) => [`system:controller:${name}`, lines] as const,
  );
  return [
    ...Object.entries(aggregated).map(([name, { partOf }]) => ({
      metadata: metadataOf(name, undefined, into(partOf)),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: into(name) }] },
    })),
    ...[...Object.entries(clusterRoles), ...controllers].map(([name, lines]) => ({
      metadata: metadataOf(name, undefined, into(aggregatedInto[name])),
      rules: lines.map(ruleOf),
    })),
  ];
}

/** The roles of the system's namespaces. */
export const defaultRoles = (): Role[] =>
  Object.entries(namespaceRoles).flatMap(([namespace, table]: [string, RoleTable]) =>
    Object.entries(table).map(([name, lines]) => ({ metadata: metadataOf(name, namespace), rules: lines.map(ruleOf) })),
  );

/** Who has the cluster roles. */
export const defaultClusterRoleBindings = (): ClusterRoleBinding[] =>
  Object.entries(clusterRoleBindings).map(([name, subjects]) => ({
    metadata: metadataOf(name),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name },
    ...(subjects.length > 0 && { subjects: subjects.map(subjectOf) }),
  }));

/** Who has the roles of the system's namespaces. */
export const defaultRoleBindings = (): RoleBinding[] =>
  Object.entries(roleBindings).flatMap(([namespace, bindings]) =>
    Object.entries(bindings).map(([name, { role, subjects }]) => ({
      metadata: metadataOf(name, namespace),
      roleRef: { apiGroup: rbacGroup, kind: 'Role', name: role },
      subjects: subjects.map(subjectOf),
    })),
  );

/** `group:system:masters` */
function subjectOf(text: string): RoleSubject {
  const colon = text.indexOf(':');
  const name = text.slice(colon + 1);
  if (text.startsWith('account:')) return { kind: 'ServiceAccount', name, namespace: 'kube-system' };
  return { kind: text.startsWith('group:') ? 'Group' : 'User', name, apiGroup: rbacGroup };
}
