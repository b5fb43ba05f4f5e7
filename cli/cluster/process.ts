/**
 * Facts about processes of this machine, and how to end one: by pid, and only after its command line proved to be ours,
 * because a pid in a file may have been given to another process since.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { platform } from 'node:os';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const hasProc = platform() === 'linux';

/** The arguments of a running process; undefined when there is none with that pid. A zombie has ended already. */
export function commandLine(pid: number): string[] | undefined {
  if (hasProc) {
    try {
      const text = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return text === '' ? undefined : text.split('\0').slice(0, -1);
    } catch {
      // The directory of a process goes with the process.
      return undefined;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.trim() ? stdout.trim().split(' ') : undefined;
}

/** Whether the pid is a Node process with an argument inside `dataDir`, and with `main` if given. */
export function isOurs(pid: number, dataDir: string, main?: string): boolean {
  const args = commandLine(pid);
  if (!args || !basename(args[0]!).startsWith('node')) return false;
  if (main !== undefined && !args.includes(main)) return false;
  return args.some((arg) => arg.split('=').some((part) => isInside(part, dataDir)));
}

const isInside = (path: string, dir: string): boolean =>
  path === dir || path.startsWith(`${dir}/`) || path.includes(`://${dir}/`);

/** Asks each process to end, and ends those that have not after `graceMs`. Resolves when all are gone. */
export async function endProcesses(pids: number[], graceMs: number): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGTERM');
  const deadline = Date.now() + graceMs;
  let killed = false;
  while (pids.some((pid) => commandLine(pid))) {
    if (!killed && Date.now() > deadline) {
      for (const pid of pids) signal(pid, 'SIGKILL');
      killed = true;
    }
    await sleep(10);
  }
}

/** Sends a signal; a process that is gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Memory in bytes: the proportional set size, where pages that processes share count in parts, so that the sum over
 * processes is what they really take. Elsewhere than on Linux the resident set.
 */
export function memoryOf(pid: number): number | undefined {
  if (hasProc) {
    try {
      const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
      return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
    } catch {
      // It ended between the listing and this line.
      return undefined;
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout?.trim() ? Number(stdout) * 1024 : undefined;
}
