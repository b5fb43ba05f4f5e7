/** `minikctl config`: the clusters, users and contexts of the kubeconfig. Upstream: kubectl/pkg/cmd/config */
import type { CliCommand } from '../command.ts';

export const config: CliCommand = {
  usage: 'COMMAND',
  options: [],
  subcommands: [
    {
      name: 'view',
      summary: 'Print the kubeconfig, without its secrets',
      load: async () => (await import('./config/view.ts')).view,
    },
    {
      name: 'get-contexts',
      summary: 'List the contexts',
      load: async () => (await import('./config/get-contexts.ts')).getContexts,
    },
    {
      name: 'current-context',
      summary: 'Print the name of the current context',
      load: async () => (await import('./config/current-context.ts')).currentContext,
    },
    {
      name: 'use-context',
      alias: 'use',
      summary: 'Make a context the current one',
      load: async () => (await import('./config/use-context.ts')).useContext,
    },
    {
      name: 'set-context',
      summary: 'Make or change a context',
      load: async () => (await import('./config/set-context.ts')).setContext,
    },
    {
      name: 'set-cluster',
      summary: 'Make or change a cluster',
      load: async () => (await import('./config/set-cluster.ts')).setCluster,
    },
    {
      name: 'set-credentials',
      summary: 'Make or change a user',
      load: async () => (await import('./config/set-credentials.ts')).setCredentials,
    },
    {
      name: 'rename-context',
      summary: 'Give a context another name',
      load: async () => (await import('./config/rename-context.ts')).renameContext,
    },
    {
      name: 'delete-context',
      summary: 'Delete a context',
      load: async () => (await import('./config/delete-entry.ts')).deleteContext,
    },
    {
      name: 'delete-cluster',
      summary: 'Delete a cluster',
      load: async () => (await import('./config/delete-entry.ts')).deleteCluster,
    },
    {
      name: 'delete-user',
      summary: 'Delete a user',
      load: async () => (await import('./config/delete-entry.ts')).deleteUser,
    },
    {
      name: 'get-clusters',
      summary: 'List the clusters',
      load: async () => (await import('./config/get-names.ts')).getClusters,
    },
    {
      name: 'get-users',
      summary: 'List the users',
      load: async () => (await import('./config/get-names.ts')).getUsers,
    },
    {
      name: 'set',
      summary: 'Set one value',
      load: async () => (await import('./config/set.ts')).set,
    },
    {
      name: 'unset',
      summary: 'Remove one value, or a whole entry',
      load: async () => (await import('./config/unset.ts')).unset,
    },
  ],
};
