/**
 * Brings news of the runtime to the pods: its events as they come, and a full list now and then, because an event may be
 * lost with the connection. Containers of pods that nobody knows are handed over to be stopped.
 *
 * Upstream: pkg/kubelet/pleg
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../client/component/log.ts';
import type { PodCache } from './pods/pod-cache.ts';
import type { PodWorkers } from './pods/pod-workers.ts';
import type { Runtime } from './runtime/runtime.ts';
import { removePodDirectory } from './volumes/volume-manager.ts';

const relistMs = 10_000;
const reconnectMs = 1_000;

/**
 * Runs until `signal` aborts. Call it once the pods of this node are known: what is not among them is an orphan.
 * `podsDirectory` holds one directory a pod.
 */
export async function watchRuntime(
  runtime: Runtime,
  cache: PodCache,
  workers: PodWorkers,
  podsDirectory: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  const followEvents = async (): Promise<void> => {
    for await (const { podUid } of runtime.events(signal)) {
      cache.invalidate(podUid);
      workers.wake(podUid);
    }
  };
  const relist = async (): Promise<void> => {
    const { changed, present } = await cache.relist();
    for (const [uid, { labels }] of present) workers.adoptOrphan(uid, labels);
    for (const uid of changed) workers.wake(uid);
    await removeOrphanedDirectories(podsDirectory, workers);
  };
  await Promise.all([
    repeat(followEvents, reconnectMs, 'The runtime’s events broke off, will retry', logger, signal),
    repeat(relist, relistMs, 'The runtime could not be listed, will retry', logger, signal),
  ]);
}

/** Removes what is left of pods that went while no kubelet ran. */
async function removeOrphanedDirectories(podsDirectory: string, workers: PodWorkers): Promise<void> {
  for (const uid of await readdir(podsDirectory).catch(() => []))
    if (!workers.get(uid)) await removePodDirectory(join(podsDirectory, uid));
}

/** Does it again and again, with a pause after each end of it, until `signal` aborts. A failure is told and changes nothing. */
async function repeat(
  action: () => Promise<void>,
  pauseMs: number,
  failed: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await action();
    } catch (error) {
      logger.warn({ err: error }, failed);
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
