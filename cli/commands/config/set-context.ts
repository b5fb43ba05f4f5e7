/** `minikctl config set-context`. Upstream: kubectl/pkg/cmd/config/set_context.go */
import type { CliCommand } from '../../command.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { entryOf, withFields } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { usageError } from '../../errors.ts';

export const setContext: CliCommand = {
  usage: '(NAME | --current) [--cluster=NAME] [--user=NAME] [--namespace=NAME]',
  options: [
    ['--current', 'Change the current context.'],
    ['--cluster <name>', 'The cluster to talk to.'],
    ['--user <name>', 'The user to be there.'],
    ['-n, --namespace <name>', 'The namespace to work in when none is named.'],
  ],
  examples: `  minikctl config set-context --current --namespace=dev
  minikctl config set-context prod-as-ci --cluster=prod --user=ci --namespace=web`,
  async run(args, options, session) {
    const current = options['current'] === true;
    if (args.length > 1) throw usageError('config set-context', `Unexpected args: [${args.join(' ')}]`);
    if (args.length === 0 && !current) throw new Error('you must specify a non-empty context name or --current');
    if (args.length === 1 && current) throw new Error('you cannot specify both a context name and --current');
    const given = ['cluster', 'user', 'namespace'].filter((field) => options[field] !== undefined);
    const fields = Object.fromEntries(given.map((field) => [field, options[field] || undefined]));
    let said = '';
    await editKubeconfig(kubeconfigFiles(session.globals), (config) => {
      const name = current ? config['current-context'] : args[0];
      if (!name) throw new Error('no current context is set');
      said = `Context "${name}" ${entryOf(config, 'contexts', name) ? 'modified' : 'created'}.`;
      return withFields(config, 'contexts', name, fields);
    });
    session.print(said);
  },
};
