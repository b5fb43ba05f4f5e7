/**
 * Who has the default roles. A subject is `user:NAME`, `group:NAME` or `account:NAME`, the last one in kube-system.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy,namespace_policy}.go
 */
import { controllerRoles, ourControllers } from './controller-roles.ts';

const controllerManager = 'user:system:kube-controller-manager';
const scheduler = 'user:system:kube-scheduler';

/** The subjects of the binding that has the name of its role. */
export const clusterRoleBindings: Record<string, readonly string[]> = {
  'cluster-admin': ['group:system:masters'],
  'system:monitoring': ['group:system:monitoring'],
  'system:discovery': ['group:system:authenticated'],
  'system:basic-user': ['group:system:authenticated'],
  'system:public-info-viewer': ['group:system:authenticated', 'group:system:unauthenticated'],
  'system:node-proxier': ['user:system:kube-proxy'],
  'system:kube-controller-manager': [controllerManager],
  'system:kube-dns': ['account:kube-dns'],
  'system:kube-scheduler': [scheduler],
  'system:volume-scheduler': [scheduler],
  'system:service-account-issuer-discovery': ['group:system:serviceaccounts'],
  // Nodes are the node authorizer's.
  'system:node': [],
  // Ours: what the server may do to kubelets, with the certificate that it has for them.
  'system:kubelet-api-admin': ['user:kube-apiserver-kubelet-client'],
  'minik:proxy-add-ons': ['user:system:kube-proxy'],
  ...Object.fromEntries(
    Object.keys(controllerRoles).map((name) => [
      `system:controller:${name}`,
      [`account:${name}`, ...(ourControllers.includes(name) ? [controllerManager] : [])],
    ]),
  ),
};

/** By namespace, then by binding: the role in it, and the subjects. */
export const roleBindings: Record<string, Record<string, { role: string; subjects: readonly string[] }>> = {
  'kube-public': {
    'system:controller:bootstrap-signer': {
      role: 'system:controller:bootstrap-signer',
      subjects: ['account:bootstrap-signer', controllerManager],
    },
  },
  'kube-system': {
    'system:controller:bootstrap-signer': {
      role: 'system:controller:bootstrap-signer',
      subjects: ['account:bootstrap-signer', controllerManager],
    },
    'system:controller:cloud-provider': {
      role: 'system:controller:cloud-provider',
      subjects: ['account:cloud-provider'],
    },
    'system:controller:token-cleaner': {
      role: 'system:controller:token-cleaner',
      subjects: ['account:token-cleaner', controllerManager],
    },
    'system::extension-apiserver-authentication-reader': {
      role: 'extension-apiserver-authentication-reader',
      subjects: [controllerManager, scheduler],
    },
    'system::leader-locking-kube-controller-manager': {
      role: 'system::leader-locking-kube-controller-manager',
      subjects: [controllerManager, 'account:kube-controller-manager'],
    },
    'system::leader-locking-kube-scheduler': {
      role: 'system::leader-locking-kube-scheduler',
      subjects: [scheduler, 'account:kube-scheduler'],
    },
  },
};
