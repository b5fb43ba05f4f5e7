/** `minikctl config get-contexts`. Upstream: kubectl/pkg/cmd/config/get_contexts.go */
import type { CliCommand } from '../../command.ts';
import { mergedKubeconfig } from '../../config/edit.ts';
import { entryOf, namesIn } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { throwIfAny } from '../../errors.ts';
import { columns } from '../../table.ts';

export const getContexts: CliCommand = {
  usage: '[NAME...] [-o name]',
  options: [
    ['-o, --output <format>', 'name for the names alone.', { default: '' }],
    ['--no-headers', 'Leave the head of the table out.'],
  ],
  async run(args, options, session) {
    const output = String(options['output']);
    if (output !== '' && output !== 'name')
      throw new Error(
        `--output ${output} is not available in minikctl config get-contexts; resetting to default output format`,
      );
    const config = mergedKubeconfig(kubeconfigFiles(session.globals));
    const missing = args.filter((name) => !entryOf(config, 'contexts', name));
    const names = (args.length > 0 ? args : namesIn(config, 'contexts'))
      .filter((name) => !missing.includes(name))
      .sort();
    const text = (value: unknown): string => String(value ?? '');
    const rows = names.map((name) => {
      const { cluster, user, namespace } = entryOf(config, 'contexts', name)!;
      const mark = name === config['current-context'] ? '*' : '';
      return [mark, name, text(cluster), text(user), text(namespace)];
    });
    const head = options['headers'] === false ? [] : [['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']];
    if (output === 'name') for (const name of names) session.print(name);
    else if (head.length + rows.length > 0) session.print(columns([...head, ...rows]));
    throwIfAny(missing.map((name) => new Error(`context ${name} not found`)));
  },
};
