/**
 * Brings news of the runtime to the pods: its events as they come, and a full list now and then, because an event may be
 * lost with the connection. Containers of pods that nobody knows are handed over to be stopped.
 *
 * Upstream: pkg/kubelet/pleg
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../client/component/log.ts';
import type { PodCache } from './pods/pod-cache.ts';
import type { PodWorkers } from './pods/pod-workers.ts';
import type { Runtime } from './runtime/runtime.ts';

const relistMs = 10_000;
const reconnectMs = 1_000;

/** Runs until `signal` aborts. Call it once the pods of this node are known: what is not among them is an orphan. */
export async function watchRuntime(
  runtime: Runtime,
  cache: PodCache,
  workers: PodWorkers,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all([
    followEvents(runtime, cache, workers, logger, signal),
    relistNowAndThen(cache, workers, logger, signal),
  ]);
}

async function followEvents(
  runtime: Runtime,
  cache: PodCache,
  workers: PodWorkers,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { podUid } of runtime.events(signal)) {
        cache.invalidate(podUid);
        workers.wake(podUid);
      }
    } catch (error) {
      logger.warn({ err: error }, 'The runtime’s events broke off, will retry');
    }
    await sleep(reconnectMs, undefined, { signal }).catch(() => undefined);
  }
}

async function relistNowAndThen(
  cache: PodCache,
  workers: PodWorkers,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { changed, present } = await cache.relist();
      for (const [uid, { labels }] of present) workers.adoptOrphan(uid, labels);
      for (const uid of changed) workers.wake(uid);
    } catch (error) {
      logger.warn({ err: error }, 'The runtime could not be listed, will retry');
    }
    await sleep(relistMs, undefined, { signal }).catch(() => undefined);
  }
}
