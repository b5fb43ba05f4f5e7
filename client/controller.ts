/**
 * The one loop of every controller: workers take keys from the queue and reconcile them.
 *
 * A reconciler gets a key, never an event: it reads what is, decides, and acts. Its outcome is done (returns nothing),
 * again later (`requeueAfterMs`), or an error, after which the key comes back with backoff. A lost race is an ordinary
 * outcome, not an error worth a line in the log.
 *
 * Upstream: controller-runtime/pkg/internal/controller
 */
import { Counter, Gauge } from 'prom-client';
import { ApiError } from '../api/errors.ts';
import type { Logger } from './component/log.ts';
import type { WorkQueue } from './work-queue.ts';

// biome-ignore lint/suspicious/noConfusingVoidType: a reconciler that has nothing to say just returns.
export type Outcome = { requeueAfterMs?: number } | void;

export interface Controller {
  /** As it stands in logs and metrics: `replicaset`. */
  name: string;
  queue: WorkQueue;
  workers?: number;
  reconcile(key: string): Promise<Outcome>;
  logger: Logger;
}

const reconciles = new Counter({
  name: 'controller_runtime_reconcile_total',
  help: 'Reconciliations per controller and result.',
  labelNames: ['controller', 'result'],
});

const depth = new Gauge({
  name: 'workqueue_depth',
  help: 'Keys waiting per queue.',
  labelNames: ['name'],
});

/** Runs until `signal` aborts; resolves when the last worker has finished. */
export async function runController(controller: Controller, signal: AbortSignal): Promise<void> {
  const { queue, workers = 2 } = controller;
  signal.addEventListener('abort', () => queue.shutDown(), { once: true });
  if (signal.aborted) queue.shutDown();
  await Promise.all(Array.from({ length: workers }, () => work(controller)));
}

async function work({ name, queue, reconcile, logger }: Controller): Promise<void> {
  for (let key = await queue.next(); key !== undefined; key = await queue.next()) {
    depth.set({ name }, queue.length);
    try {
      const outcome = await reconcile(key);
      queue.forget(key);
      if (outcome?.requeueAfterMs !== undefined) queue.addAfter(key, outcome.requeueAfterMs);
      reconciles.inc({ controller: name, result: 'success' });
    } catch (error) {
      const lostRace = error instanceof ApiError && ['Conflict', 'NotFound'].includes(error.reason);
      logger[lostRace ? 'debug' : 'error']({ controller: name, key, err: error }, 'Reconcile failed, will retry');
      queue.addRateLimited(key);
      reconciles.inc({ controller: name, result: 'error' });
    } finally {
      queue.done(key);
    }
  }
}
