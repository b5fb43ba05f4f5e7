/** What `minikctl create` makes of flags. */
import type { CommandEntry } from '../../command.ts';

export const generators: CommandEntry[] = [
  {
    name: 'namespace',
    alias: 'ns',
    summary: 'Create a namespace',
    load: async () => (await import('./namespace.ts')).createNamespace,
  },
  {
    name: 'serviceaccount',
    alias: 'sa',
    summary: 'Create a service account',
    load: async () => (await import('./serviceaccount.ts')).createServiceAccount,
  },
  {
    name: 'token',
    summary: 'Request a token of a service account',
    load: async () => (await import('./token.ts')).createToken,
  },
  {
    name: 'role',
    summary: 'Create a role with rules for one namespace',
    load: async () => (await import('./role.ts')).createRole,
  },
  {
    name: 'rolebinding',
    summary: 'Give a role to somebody in one namespace',
    load: async () => (await import('./rolebinding.ts')).createRoleBinding,
  },
  {
    name: 'clusterrole',
    summary: 'Create a role with rules for the whole cluster',
    load: async () => (await import('./clusterrole.ts')).createClusterRole,
  },
  {
    name: 'clusterrolebinding',
    summary: 'Give a cluster role to somebody everywhere',
    load: async () => (await import('./clusterrolebinding.ts')).createClusterRoleBinding,
  },
  {
    name: 'quota',
    alias: 'resourcequota',
    summary: 'Create a quota of a namespace',
    load: async () => (await import('./quota.ts')).createQuota,
  },
  {
    name: 'configmap',
    alias: 'cm',
    summary: 'Create a ConfigMap from files or literals',
    load: async () => (await import('./configmap.ts')).createConfigMap,
  },
  {
    name: 'secret',
    summary: 'Create a Secret of a type',
    load: async () => (await import('./secret.ts')).createSecret,
  },
  {
    name: 'deployment',
    alias: 'deploy',
    summary: 'Create a Deployment of an image',
    load: async () => (await import('./deployment.ts')).createDeployment,
  },
];
