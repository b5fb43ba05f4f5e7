/** `minikctl config set`. Upstream: kubectl/pkg/cmd/config/set.go */
import type { CliCommand } from '../../command.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { setProperty } from '../../config/property.ts';
import { usageError } from '../../errors.ts';

export const set: CliCommand = {
  usage: 'PROPERTY VALUE',
  options: [['--set-raw-bytes', 'The value of a binary property is not base64.']],
  examples: `  minikctl config set clusters.prod.server https://10.0.0.1:6443
  minikctl config set contexts.prod.namespace web`,
  async run(args, options, session) {
    const [property = '', value = ''] = args;
    if (args.length !== 2) throw usageError('config set', `Unexpected args: [${args.join(' ')}]`);
    const raw = options['setRawBytes'] === true;
    await editKubeconfig(kubeconfigFiles(session.globals), (config) => setProperty(config, property, value, raw));
    session.print(`Property "${property}" set.`);
  },
};
