import { runComponent } from '../client/component/run.ts';
import { flags } from './flags.ts';
import { start } from './start.ts';

await runComponent({
  name: 'kube-apiserver',
  summary:
    'Serves the Kubernetes API: validates objects, keeps them in the store, and tells everyone of their changes.',
  flags,
  // Requests under way are answered first.
  stopTimeoutMs: (flags) =>
    flags['shutdown-delay-duration'] + flags['shutdown-watch-termination-grace-period'] + flags['request-timeout'],
  start,
});
