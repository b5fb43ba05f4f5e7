/**
 * The loop: take a pod, plan, and put the plan into effect. Planning is one pod at a time and synchronous; bindings are
 * written in the background while the next pod is planned, and the cache already counts the pod on its node.
 *
 * Upstream: pkg/scheduler/schedule_one.go
 */
import { setImmediate as yieldToEvents } from 'node:timers/promises';
import { ApiError } from '../api/errors.ts';
import { pods } from '../api/kinds/pods.ts';
import { conditionOf, rfc3339, withCondition } from '../api/meta.ts';
import type { Pod, PodCondition } from '../api/types.ts';
import type { Logger } from '../client/component/log.ts';
import type { EventRecorder } from '../client/events.ts';
import type { RestClient } from '../client/rest.ts';
import type { Cache } from './cache.ts';
import { type AttemptResult, countAttempt } from './metrics.ts';
import type { PodInfo } from './node-info.ts';
import { plan } from './plan.ts';
import { plugins } from './plugins/all.ts';
import type { SchedulingQueue } from './queue.ts';

export interface SchedulerDeps {
  client: RestClient;
  recorder: EventRecorder;
  logger: Logger;
  random(): number;
}

/** How often pods that rest are looked through for any that nothing woke. */
const staleCheckMs = 30_000;

/** Schedules until `signal` aborts; resolves when the last binding has been written. */
export async function runScheduler(
  queue: SchedulingQueue,
  cache: Cache,
  deps: SchedulerDeps,
  signal: AbortSignal,
): Promise<void> {
  const bindings = new Set<Promise<void>>();
  const staleCheck = setInterval(() => queue.moveStale(), staleCheckMs);
  signal.addEventListener('abort', () => queue.close(), { once: true });
  if (signal.aborted) queue.close();
  for (let info = await queue.next(); info; info = await queue.next()) {
    const effect = scheduleOne(info, queue, cache, deps).finally(() => bindings.delete(effect));
    bindings.add(effect);
    await yieldToEvents();
  }
  clearInterval(staleCheck);
  await Promise.all(bindings);
}

/** Plans at once, before anything is awaited; resolves when the plan has been put into effect. Never rejects. */
async function scheduleOne(info: PodInfo, queue: SchedulingQueue, cache: Cache, deps: SchedulerDeps): Promise<void> {
  const started = performance.now();
  const count = (result: AttemptResult): void => countAttempt(result, (performance.now() - started) / 1000);
  const logger = deps.logger.child({ pod: info.key });
  try {
    const placement = plan(info, cache.nodes(), plugins, deps.random);
    if ('refused' in placement) {
      const { message, plugins: by } = placement.refused;
      queue.refused(info, by);
      count('unschedulable');
      await reportFailure(info.pod, 'Unschedulable', message, deps);
      return;
    }
    const { node } = placement;
    cache.assume(info, node);
    await bind(info.pod, node, deps);
    queue.done(info);
    count('scheduled');
    logger.info({ node }, 'Bound');
  } catch (error) {
    count('error');
    cache.dropAssumption(info);
    // A pod that is gone, or that someone else has bound, waits for nobody.
    if (error instanceof ApiError && error.code === 404) {
      queue.done(info);
      return;
    }
    queue.failed(info);
    logger.warn({ err: error }, 'Scheduling failed, will retry');
    await reportFailure(info.pod, 'SchedulerError', (error as Error).message, deps);
  }
}

async function bind(pod: Pod, node: string, { client, recorder }: SchedulerDeps): Promise<void> {
  const { name = '', namespace = '', uid } = pod.metadata;
  await client.request({
    method: 'POST',
    path: client.of(pods).path(namespace, name, 'binding'),
    body: {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { kind: 'Node', name: node },
    },
  });
  recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`);
}

/** Tells people: an event, and the pod's PodScheduled condition when it does not say so yet. */
async function reportFailure(
  pod: Pod,
  reason: string,
  message: string,
  { client, recorder, logger }: SchedulerDeps,
): Promise<void> {
  recorder.event(pod, 'Warning', 'FailedScheduling', message);
  const { name = '', namespace, uid } = pod.metadata;
  const old = conditionOf(pod.status?.conditions, 'PodScheduled');
  if (old?.status === 'False' && old.reason === reason && old.message === message) return;
  const condition: PodCondition = { type: 'PodScheduled', status: 'False', reason, message };
  const conditions = withCondition(old && [old], condition, rfc3339());
  const body = { metadata: { uid }, status: { conditions } };
  try {
    await client.of(pods).patch(name, namespace, body, { type: 'strategic', subresource: 'status' });
  } catch (error) {
    if (!(error instanceof ApiError && [404, 409].includes(error.code)))
      logger.warn({ pod: name, err: error }, 'Condition PodScheduled was not written');
  }
}
