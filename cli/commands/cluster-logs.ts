/** `minikctl cluster logs`: a process's log, its JSON lines made readable. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { componentsOf } from '../cluster/components.ts';
import { pathsOf, readCluster } from '../cluster/layout.ts';
import type { CliCommand } from '../command.ts';
import { ExitError, usageError } from '../errors.ts';

const pollMs = 200;

export const clusterLogs: CliCommand = {
  usage: 'PROCESS [-f]',
  options: [
    ['-f, --follow', 'Print new lines as they come.'],
    ['--raw', 'Print the lines as they were written.'],
  ],
  async run(args, options, session) {
    const paths = pathsOf(session.dataDir);
    const cluster = readCluster(paths);
    if (!cluster) throw new ExitError(`error: no cluster in ${session.dataDir}; start one: minikctl cluster up`);
    const names = [...componentsOf(cluster, paths).map(({ name }) => name), 'supervisor'];
    const [name = ''] = args;
    if (args.length !== 1 || !names.includes(name))
      throw usageError('cluster logs', `expected one process, of ${names.join(', ')}`);
    const path = join(paths.logs, `${name}.log`);
    const render = options['raw'] ? (line: string) => `${line}\n` : await renderer();
    let offset = existsSync(path) ? await printFrom(path, 0, render) : 0;
    while (options['follow']) {
      await sleep(pollMs);
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      // A shorter file is a new one: the old was set aside because it had grown large.
      if (size < offset) offset = 0;
      if (size > offset) offset = await printFrom(path, offset, render);
    }
  },
};

/** Prints whole lines from `offset`. Returns where the next one begins. */
async function printFrom(path: string, offset: number, render: (line: string) => string): Promise<number> {
  const end = statSync(path).size;
  if (end === offset) return offset;
  for await (const line of createInterface({ input: createReadStream(path, { start: offset, end: end - 1 }) }))
    process.stdout.write(render(line));
  return end;
}

/** Lines that are not JSON (a crash, a flag error) stay as they are. */
async function renderer(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const pretty = prettyFactory({
    colorize: process.stdout.isTTY,
    ignore: 'pid,component',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return (line) => (line.startsWith('{') ? pretty(line) : `${line}\n`);
}
