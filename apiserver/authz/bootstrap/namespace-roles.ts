/**
 * The roles in the system's namespaces that a cluster starts with, and who has them.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/namespace_policy.go
 */
import type { RoleTable } from './cluster-roles.ts';
import { events, read } from './rule-table.ts';

const leaderLocking = (name: string): string[] => [
  'watch | core | configmaps',
  `get update | core | configmaps | ${name}`,
  `${read} create update | coordination.k8s.io | leases`,
];

/** By namespace. */
export const namespaceRoles: Record<string, RoleTable> = {
  'kube-public': {
    'system:controller:bootstrap-signer': [
      `${read} | core | configmaps`,
      'update | core | configmaps | cluster-info',
      events,
    ],
  },
  'kube-system': {
    'extension-apiserver-authentication-reader': [`${read} | core | configmaps | extension-apiserver-authentication`],
    'system:controller:bootstrap-signer': [`${read} | core | secrets`],
    'system:controller:cloud-provider': [`${read} create | core | configmaps`],
    'system:controller:token-cleaner': [`${read} delete | core | secrets`, events],
    'system::leader-locking-kube-controller-manager': leaderLocking('kube-controller-manager'),
    'system::leader-locking-kube-scheduler': leaderLocking('kube-scheduler'),
  },
};
