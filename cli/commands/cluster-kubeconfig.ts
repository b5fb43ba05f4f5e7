/** `minikctl cluster kubeconfig`: prints the file that `up` wrote. */
import { existsSync, readFileSync } from 'node:fs';
import { pathsOf } from '../cluster/layout.ts';
import type { CliCommand } from '../command.ts';
import { ExitError } from '../errors.ts';

export const clusterKubeconfig: CliCommand = {
  usage: '[--path]',
  options: [['--path', "Print only the file's path."]],
  async run(_args, options, session) {
    const { kubeconfig } = pathsOf(session.dataDir);
    if (!existsSync(kubeconfig))
      throw new ExitError(`error: no cluster in ${session.dataDir}; start one: minikctl cluster up`);
    if (options['path']) session.print(kubeconfig);
    else process.stdout.write(readFileSync(kubeconfig, 'utf8'));
  },
};
