/** What the supervisor of a data directory has written, read by the commands. */
import { join, resolve } from 'node:path';
import { type Paths, readJson } from './layout.ts';
import { isOurs } from './process.ts';
import { readPid, type SupervisorState } from './supervisor.ts';

/** The file that the background process runs. */
export const supervisorMain = resolve(import.meta.dirname, '../supervise.ts');

/** The running supervisor's pid; undefined when there is none. */
export function supervisorPid(paths: Paths): number | undefined {
  const pid = readPid(join(paths.run, 'supervisor.pid'));
  return pid !== undefined && isOurs(pid, paths.dataDir, supervisorMain) ? pid : undefined;
}

export const readState = (paths: Paths): SupervisorState | undefined => readJson<SupervisorState>(paths.state);
