/** kube-scheduler: `node scheduler/main.ts --kubeconfig FILE`. */
import { runComponent } from '../client/component/run.ts';
import { servingFlags } from '../client/component/serving.ts';
import { connectFlags } from '../client/connect.ts';
import { leaderElectionFlags } from '../client/leader-election.ts';
import { start } from './start.ts';

await runComponent({
  name: 'kube-scheduler',
  summary: 'Gives every pod a node.',
  flags: { ...connectFlags, ...servingFlags(10259), ...leaderElectionFlags('kube-scheduler') },
  start,
});
