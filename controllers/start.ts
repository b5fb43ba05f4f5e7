/** The boot order of the controllers. */
import type { FlagValues } from '../client/component/flags.ts';
import type { Closer } from '../client/component/health.ts';
import type { Logger } from '../client/component/log.ts';
import { type ServingFlags, serve } from '../client/component/serving.ts';
import { connect, type connectFlags } from '../client/connect.ts';
import { EventRecorder } from '../client/events.ts';
import { type LeaderElectionFlags, LeaderElector } from '../client/leader-election.ts';
import { controllers, disabledByDefault } from './all.ts';
import type { Context, Run } from './context.ts';
import type { controllerFlags } from './flags.ts';
import { selectControllers } from './select.ts';
import { SharedInformers } from './shared-informers.ts';

type Flags = FlagValues<typeof connectFlags> & ServingFlags & LeaderElectionFlags & FlagValues<typeof controllerFlags>;

export async function start(flags: Flags, logger: Logger): Promise<Closer> {
  const stop = new AbortController();
  const client = connect(flags, 'kube-controller-manager');
  const elector = new LeaderElector(client, flags, logger);
  const informers = new SharedInformers(client, logger);
  const recorders: EventRecorder[] = [];
  const context: Context = {
    client,
    informers,
    flags,
    logger,
    now: Date.now,
    recorder(component) {
      const recorder = new EventRecorder(client, { component }, logger);
      recorders.push(recorder);
      return recorder;
    },
  };
  const runs = selectControllers(flags.controllers, Object.keys(controllers), disabledByDefault)
    .map((name) => controllers[name]!(context))
    .filter((run): run is Run => run !== undefined);

  const health = await serve(flags, {
    informers: () => {
      if (!informers.hasSynced) throw new Error('not synced with the API server yet');
    },
  });
  informers.start(stop.signal);
  const done = elector.run(async (signal) => {
    if (!(await informers.waitForSync(signal))) return;
    await Promise.all(runs.map((run) => run(signal)));
  }, stop.signal);

  return {
    async close() {
      stop.abort();
      await done;
      await Promise.all(recorders.map((recorder) => recorder.flush()));
      await health.close();
      client.close();
    },
  };
}
