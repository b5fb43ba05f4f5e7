/** `minikctl cluster status`. Exits 1 unless every process runs. */
import { humanDuration } from '../../api/age.ts';
import { type ProcessStatus, statusOf } from '../cluster/status.ts';
import { type CliCommand, oneOf } from '../command.ts';
import { ExitError } from '../errors.ts';
import { columns } from '../table.ts';

export const clusterStatus: CliCommand = {
  usage: '[-o json]',
  options: [['-o, --output <format>', 'json, for programs.', { parse: oneOf('json') }]],
  async run(_args, options, session) {
    const status = statusOf(session.dataDir);
    if (!status) throw new ExitError(`error: no cluster in ${session.dataDir}; start one: minikctl cluster up`);
    const { cluster, processes } = status;
    if (options['output'] === 'json') {
      session.print(JSON.stringify(status, undefined, 2));
    } else {
      const rows = processes.map((process) => row(process, Date.now()));
      const total = processes.reduce((sum, { memoryBytes = 0 }) => sum + memoryBytes, 0);
      session.print(columns([['PROCESS', 'STATUS', 'PID', 'UPTIME', 'RESTARTS', 'MEMORY'], ...rows]));
      session.print(
        `\n${cluster.name}: https://127.0.0.1:${cluster.ports.apiserver}, ${cluster.runtime} runtime, ` +
          `${megabytes(total)} in all, data in ${session.dataDir}`,
      );
    }
    if (processes.some((process) => process.status !== 'Running')) throw new ExitError('');
  },
};

function row(process: ProcessStatus, now: number): string[] {
  const { name, status, pid, startedAt, restarts, lastExit, memoryBytes } = process;
  const uptime = status === 'Running' && startedAt ? humanDuration(now - Date.parse(startedAt)) : '-';
  return [
    name,
    status,
    pid === undefined ? '-' : String(pid),
    uptime,
    restarts > 0 ? `${restarts} (${lastExit})` : '0',
    memoryBytes === undefined ? '-' : megabytes(memoryBytes),
  ];
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(0)} MB`;
