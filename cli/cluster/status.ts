/** `minikctl cluster status`: every process with its pid, how long it has run, its restarts and its memory. */
import { componentsOf } from './components.ts';
import { type Cluster, type Paths, pathsOf, readCluster } from './layout.ts';
import { memoryOf } from './process.ts';
import { readState, supervisorPid } from './state.ts';
import type { ProcessState } from './supervisor.ts';

export interface ProcessStatus {
  name: string;
  status: 'Running' | 'Waiting' | 'Restarting' | 'Stopped';
  pid?: number;
  startedAt?: string;
  restarts: number;
  lastExit?: string;
  memoryBytes?: number;
}

export interface ClusterStatus {
  cluster: Cluster;
  processes: ProcessStatus[];
}

/** Undefined when the data directory holds no cluster. */
export function statusOf(dataDir: string): ClusterStatus | undefined {
  const paths = pathsOf(dataDir);
  const cluster = readCluster(paths);
  return cluster && { cluster, processes: processesOf(cluster, paths) };
}

function processesOf(cluster: Cluster, paths: Paths): ProcessStatus[] {
  const supervisor = supervisorPid(paths);
  const state = supervisor === undefined ? undefined : readState(paths);
  const processes = componentsOf(cluster, paths).map(({ name }) => statusLine(name, state?.processes[name]));
  const own: ProcessState | undefined = state && { pid: state.pid, startedAt: state.startedAt, restarts: 0 };
  return [...processes, statusLine('supervisor', own)];
}

function statusLine(name: string, state: ProcessState | undefined): ProcessStatus {
  if (!state) return { name, status: 'Stopped', restarts: 0 };
  const memoryBytes = state.pid === undefined ? undefined : memoryOf(state.pid);
  const idle = state.restarts > 0 ? 'Restarting' : 'Waiting';
  return {
    name,
    status: state.pid === undefined ? idle : 'Running',
    ...state,
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
}
