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
];
