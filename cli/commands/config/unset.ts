/** `minikctl config unset`. Upstream: kubectl/pkg/cmd/config/unset.go */
import type { CliCommand } from '../../command.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { unsetProperty } from '../../config/property.ts';
import { usageError } from '../../errors.ts';

export const unset: CliCommand = {
  usage: 'PROPERTY',
  options: [],
  examples: `  minikctl config unset current-context
  minikctl config unset contexts.prod.namespace`,
  async run(args, _options, session) {
    const [property = ''] = args;
    if (args.length !== 1) throw usageError('config unset', `Unexpected args: [${args.join(' ')}]`);
    await editKubeconfig(kubeconfigFiles(session.globals), (config) => unsetProperty(config, property));
    session.print(`Property "${property}" unset.`);
  },
};
