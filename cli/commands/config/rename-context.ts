/** `minikctl config rename-context`. Upstream: kubectl/pkg/cmd/config/rename_context.go */
import type { CliCommand } from '../../command.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { entryOf, withEntry, withoutEntry } from '../../config/entries.ts';
import { fileForNew, kubeconfigFiles } from '../../config/files.ts';
import { usageError } from '../../errors.ts';

export const renameContext: CliCommand = {
  usage: 'NAME NEW_NAME',
  options: [],
  async run(args, _options, session) {
    const [name = '', wanted = ''] = args;
    if (args.length !== 2) throw usageError('config rename-context', `Unexpected args: [${args.join(' ')}]`);
    const files = kubeconfigFiles(session.globals);
    const refused = (why: string): Error =>
      new Error(`cannot rename the context "${name}", ${why} ${fileForNew(files)}`);
    await editKubeconfig(files, (config) => {
      const entry = entryOf(config, 'contexts', name);
      if (!entry) throw refused("it's not in");
      if (entryOf(config, 'contexts', wanted)) throw refused(`the context "${wanted}" already exists in`);
      const renamed = withEntry(withoutEntry(config, 'contexts', name), 'contexts', wanted, entry);
      return config['current-context'] === name ? { ...renamed, 'current-context': wanted } : renamed;
    });
    session.print(`Context "${name}" renamed to "${wanted}".`);
  },
};
