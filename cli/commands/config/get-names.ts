/** `minikctl config get-clusters` and `get-users`. Upstream: kubectl/pkg/cmd/config/{get_clusters,get_users}.go */
import type { CliCommand } from '../../command.ts';
import { mergedKubeconfig } from '../../config/edit.ts';
import { namesIn } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';

const namesOf = (section: 'clusters' | 'users'): CliCommand => ({
  usage: '',
  options: [],
  async run(_args, _options, session) {
    session.print('NAME');
    for (const name of namesIn(mergedKubeconfig(kubeconfigFiles(session.globals)), section)) session.print(name);
  },
});

export const getClusters = namesOf('clusters');
export const getUsers = namesOf('users');
