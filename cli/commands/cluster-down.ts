/** `minikctl cluster down`. */
import { down } from '../cluster/down.ts';
import { progressTo } from '../cluster/progress.ts';
import type { CliCommand } from '../command.ts';
import { usageError } from '../errors.ts';

export const clusterDown: CliCommand = {
  usage: '[--purge]',
  options: [['--purge', 'Remove the data directory too.']],
  async run(args, options, session) {
    if (args.length > 0) throw usageError('cluster down', `unknown argument "${args[0]}"`);
    const progress = progressTo((text) => process.stderr.write(text));
    const existed = await down({ dataDir: session.dataDir, purge: options['purge'] === true }, progress);
    if (!existed) session.warn(`No cluster in ${session.dataDir}.`);
  },
};
