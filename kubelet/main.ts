/** kubelet: runs the pods that are assigned to its node. `node kubelet/main.ts --help` */
import { runComponent } from '../client/component/run.ts';
import { kubeletFlags } from './flags.ts';
import { startKubelet } from './start.ts';

await runComponent({
  name: 'kubelet',
  summary: 'Runs the pods that are assigned to its node, and reports on them and on the node.',
  flags: kubeletFlags,
  start: startKubelet,
});
