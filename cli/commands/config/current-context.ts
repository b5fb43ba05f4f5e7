/** `minikctl config current-context`. Upstream: kubectl/pkg/cmd/config/current_context.go */
import type { CliCommand } from '../../command.ts';
import { mergedKubeconfig } from '../../config/edit.ts';
import { kubeconfigFiles } from '../../config/files.ts';

export const currentContext: CliCommand = {
  usage: '',
  options: [],
  async run(_args, _options, session) {
    const name = mergedKubeconfig(kubeconfigFiles(session.globals))['current-context'];
    if (!name) throw new Error('current-context is not set');
    session.print(name);
  },
};
