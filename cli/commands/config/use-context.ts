/** `minikctl config use-context`. Upstream: kubectl/pkg/cmd/config/use_context.go */
import type { CliCommand } from '../../command.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { entryOf } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { usageError } from '../../errors.ts';

export const useContext: CliCommand = {
  usage: 'NAME',
  options: [],
  async run(args, _options, session) {
    const [name = ''] = args;
    if (args.length !== 1) throw usageError('config use-context', `Unexpected args: [${args.join(' ')}]`);
    await editKubeconfig(kubeconfigFiles(session.globals), (config) => {
      if (!entryOf(config, 'contexts', name)) throw new Error(`no context exists with the name: "${name}"`);
      return { ...config, 'current-context': name };
    });
    session.print(`Switched to context "${name}".`);
  },
};
