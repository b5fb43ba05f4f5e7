/** `minikctl leave`. */
import { leave as leaveCluster } from '../cluster/leave.ts';
import { progressTo } from '../cluster/progress.ts';
import type { CliCommand } from '../command.ts';
import { usageError } from '../errors.ts';

export const leave: CliCommand = {
  usage: 'NODE',
  options: [],
  examples: `  # Move its pods away first, if they are to go on
  kubectl drain minik-2 --ignore-daemonsets
  minikctl leave minik-2
`,
  async run(args, _options, session) {
    const [node, ...more] = args;
    if (!node || more.length > 0) throw usageError('leave', 'expected one argument, the name of the node');
    await leaveCluster(
      session.dataDir,
      node,
      progressTo((line) => process.stderr.write(line)),
    );
    session.print(`${node} has left the cluster.`);
  },
};
