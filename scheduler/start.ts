/** The scheduler's boot order. */
import { nodes } from '../api/kinds/nodes.ts';
import { pods } from '../api/kinds/pods.ts';
import type { FlagValues } from '../client/component/flags.ts';
import type { Closer } from '../client/component/health.ts';
import type { Logger } from '../client/component/log.ts';
import { type ServingFlags, serve } from '../client/component/serving.ts';
import { connect, type connectFlags } from '../client/connect.ts';
import { EventRecorder } from '../client/events.ts';
import { Informer, waitForSync } from '../client/informer.ts';
import { type LeaderElectionFlags, LeaderElector } from '../client/leader-election.ts';
import { Cache } from './cache.ts';
import { showPending } from './metrics.ts';
import { SchedulingQueue } from './queue.ts';
import { runScheduler } from './scheduler.ts';
import { defaultSchedulerName, watchCluster } from './watch-cluster.ts';

type Flags = FlagValues<typeof connectFlags> & ServingFlags & LeaderElectionFlags;

export async function start(flags: Flags, logger: Logger): Promise<Closer> {
  const stop = new AbortController();
  const client = connect(flags, 'kube-scheduler');
  const elector = new LeaderElector(client, flags, logger);
  const recorder = new EventRecorder(client, { component: defaultSchedulerName }, logger);
  // Pods that have run to their end take no room on their node.
  const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed';
  const podInformer = new Informer(client, pods, { fieldSelector, logger });
  const nodeInformer = new Informer(client, nodes, { logger });
  const cache = new Cache();
  const queue = new SchedulingQueue();
  watchCluster(podInformer, nodeInformer, cache, queue);
  showPending(queue);

  const health = await serve(flags, {
    informers: () => {
      if (!podInformer.hasSynced || !nodeInformer.hasSynced) throw new Error('not synced with the API server yet');
    },
  });
  nodeInformer.start(stop.signal);
  podInformer.start(stop.signal);
  const done = elector.run(async (signal) => {
    if (!(await waitForSync([nodeInformer, podInformer], signal))) return;
    await runScheduler(queue, cache, { client, recorder, logger, random: Math.random }, signal);
  }, stop.signal);

  return {
    async close() {
      stop.abort();
      await done;
      await recorder.flush();
      await health.close();
      client.close();
    },
  };
}
