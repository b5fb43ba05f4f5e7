/** The commands of minikctl. */
import type { CommandEntry } from '../command.ts';

export const commands: CommandEntry[] = [
  {
    name: 'cluster',
    summary: 'Start, stop and look at a cluster on this machine',
    load: async () => (await import('./cluster.ts')).cluster,
  },
  {
    name: 'up',
    summary: 'Start the cluster: short for "cluster up"',
    load: async () => (await import('./cluster-up.ts')).clusterUp,
  },
  {
    name: 'down',
    summary: 'Stop the cluster: short for "cluster down"',
    load: async () => (await import('./cluster-down.ts')).clusterDown,
  },
  {
    name: 'token',
    summary: 'Make, list and delete the tokens with which nodes join',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'join',
    summary: 'Add a node to the cluster of this machine, with a token',
    load: async () => (await import('./join.ts')).join,
  },
  {
    name: 'leave',
    summary: 'Take a node that has joined out of the cluster',
    load: async () => (await import('./leave.ts')).leave,
  },
  {
    name: 'get',
    summary: 'Print objects',
    load: async () => (await import('./get.ts')).get,
  },
  {
    name: 'describe',
    summary: 'Print an object in detail, with its events',
    load: async () => (await import('./describe.ts')).describe,
  },
  {
    name: 'apply',
    summary: 'Make objects what their manifests say',
    load: async () => (await import('./apply.ts')).apply,
  },
  {
    name: 'create',
    summary: 'Create objects from manifests, or from flags',
    load: async () => (await import('./create.ts')).create,
  },
  {
    name: 'delete',
    summary: 'Delete objects',
    load: async () => (await import('./delete.ts')).del,
  },
  {
    name: 'scale',
    summary: 'Set how many replicas a resource shall have',
    load: async () => (await import('./scale.ts')).scale,
  },
  {
    name: 'logs',
    summary: 'Print the log of a container',
    load: async () => (await import('./logs.ts')).logs,
  },
  {
    name: 'exec',
    summary: 'Run a command in a container',
    load: async () => (await import('./exec.ts')).exec,
  },
  {
    name: 'attach',
    summary: 'Attach to the main process of a container',
    load: async () => (await import('./attach.ts')).attach,
  },
  {
    name: 'port-forward',
    summary: 'Forward local ports to a pod',
    load: async () => (await import('./port-forward.ts')).portForward,
  },
  {
    name: 'wait',
    summary: 'Wait for a condition of objects',
    load: async () => (await import('./wait.ts')).wait,
  },
  {
    name: 'events',
    summary: 'Print what happened',
    load: async () => (await import('./events.ts')).events,
  },
  {
    name: 'auth',
    summary: 'Say who one is and what one may do',
    load: async () => (await import('./auth.ts')).auth,
  },
  {
    name: 'certificate',
    summary: 'Approve or deny certificate signing requests',
    load: async () => (await import('./certificate.ts')).certificate,
  },
  {
    name: 'config',
    summary: 'Change the clusters, users and contexts of the kubeconfig',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'audit',
    summary: 'Print who did what',
    load: async () => (await import('./audit.ts')).audit,
  },
  {
    name: 'api-resources',
    summary: 'Print what the server serves',
    load: async () => (await import('./api-resources.ts')).apiResources,
  },
  {
    name: 'version',
    summary: 'Print the versions of minikctl and of the server',
    load: async () => (await import('./version.ts')).version,
  },
];
