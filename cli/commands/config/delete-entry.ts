/** `minikctl config delete-context`, `delete-cluster`, `delete-user`. Upstream: kubectl/pkg/cmd/config/delete_*.go */
import type { CliCommand } from '../../command.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { entryOf, type Section, withoutEntry } from '../../config/entries.ts';
import { fileForNew, kubeconfigFiles } from '../../config/files.ts';
import { usageError } from '../../errors.ts';

const deleting = (what: string, section: Section): CliCommand => ({
  usage: 'NAME',
  options: [],
  async run(args, _options, session) {
    const [name = ''] = args;
    if (args.length !== 1) throw usageError(`config delete-${what}`, `Unexpected args: [${args.join(' ')}]`);
    const files = kubeconfigFiles(session.globals);
    let isCurrent = false;
    await editKubeconfig(files, (config) => {
      if (!entryOf(config, section, name))
        throw new Error(`cannot delete ${what} ${name}, not in ${fileForNew(files)}`);
      isCurrent = section === 'contexts' && config['current-context'] === name;
      return withoutEntry(config, section, name);
    });
    if (isCurrent)
      session.warn(
        'warning: this removed your active context, use "minikctl config use-context" to select a different one',
      );
    session.print(`deleted ${what} ${name} from ${fileForNew(files)}`);
  },
});

export const deleteContext = deleting('context', 'contexts');
export const deleteCluster = deleting('cluster', 'clusters');
export const deleteUser = deleting('user', 'users');
