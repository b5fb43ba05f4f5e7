/** `minikctl cluster`: the commands about a cluster's processes. */
import type { CliCommand } from '../command.ts';

export const cluster: CliCommand = {
  usage: 'COMMAND',
  options: [],
  subcommands: [
    {
      name: 'up',
      summary: 'Start the cluster and wait until its nodes are Ready',
      load: async () => (await import('./cluster-up.ts')).clusterUp,
    },
    {
      name: 'down',
      summary: 'Stop the cluster; its data stays',
      load: async () => (await import('./cluster-down.ts')).clusterDown,
    },
    {
      name: 'status',
      summary: "Show the cluster's processes",
      load: async () => (await import('./cluster-status.ts')).clusterStatus,
    },
    {
      name: 'logs',
      summary: 'Print the log of a process',
      load: async () => (await import('./cluster-logs.ts')).clusterLogs,
    },
    {
      name: 'kubeconfig',
      summary: "Print the cluster's kubeconfig",
      load: async () => (await import('./cluster-kubeconfig.ts')).clusterKubeconfig,
    },
  ],
};
