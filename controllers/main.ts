/** kube-controller-manager: `node controllers/main.ts --kubeconfig FILE`. */
import { runComponent } from '../client/component/run.ts';
import { servingFlags } from '../client/component/serving.ts';
import { connectFlags } from '../client/connect.ts';
import { leaderElectionFlags } from '../client/leader-election.ts';
import { controllerFlags } from './flags.ts';
import { start } from './start.ts';

await runComponent({
  name: 'kube-controller-manager',
  summary: 'Runs the controllers that make the cluster what its objects ask for.',
  flags: {
    ...connectFlags,
    ...servingFlags(10257),
    ...leaderElectionFlags('kube-controller-manager'),
    ...controllerFlags,
  },
  start,
});
