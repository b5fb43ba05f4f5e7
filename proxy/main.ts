/** kube-proxy: `node proxy/main.ts --kubeconfig FILE`. */
import { runComponent } from '../client/component/run.ts';
import { proxyFlags } from './flags.ts';
import { start } from './start.ts';

await runComponent({
  name: 'kube-proxy',
  summary: 'Makes the addresses of Services answer on this machine.',
  flags: proxyFlags,
  start,
});
