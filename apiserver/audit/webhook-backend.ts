/**
 * Sending events to a server, as `EventList`s: together, after the requests. What cannot be delivered is tried again a few times,
 * then dropped and counted.
 *
 * Upstream: apiserver/plugin/pkg/audit/webhook/webhook.go, apiserver/pkg/util/webhook (WithExponentialBackoff)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../api/errors.ts';
import type { Logger } from '../../client/component/log.ts';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import type { Backend } from './backend.ts';
import { Buffered } from './buffered.ts';
import type { AuditFlags } from './flags.ts';
import { countErrors } from './metrics.ts';

const attempts = 5;
const backoffFactor = 1.5;
const jitter = 0.2;

/** Throws for a file that is no kubeconfig. */
export function webhookBackend(flags: AuditFlags, logger: Logger): Backend {
  const client = new RestClient(loadKubeconfig(flags['audit-webhook-config-file']!), 'kube-apiserver');
  const { pathname } = new URL(client.config.server);
  const ending = new AbortController();
  const post = (events: readonly string[]): Promise<unknown> =>
    client.request({
      method: 'POST',
      path: pathname,
      body: `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.join(',')}]}`,
      contentType: 'application/json',
    });
  const send = async (events: readonly string[]): Promise<void> => {
    let delayMs: number = flags['audit-webhook-initial-backoff'];
    for (let attempt = 1; ; attempt++) {
      try {
        await post(events);
        return;
      } catch (error) {
        // A server that stops does not wait for one that does not answer.
        if (attempt === attempts || ending.signal.aborted || !mayPass(error)) {
          countErrors('webhook', events.length);
          logger.error({ err: error, events: events.length }, 'Audit events could not be sent');
          return;
        }
      }
      await sleep(delayMs * (1 + Math.random() * jitter), undefined, { signal: ending.signal }).catch(() => undefined);
      delayMs *= backoffFactor;
    }
  };
  const buffered = new Buffered(
    {
      bufferSize: flags['audit-webhook-batch-buffer-size'],
      maxBatchSize: flags['audit-webhook-batch-max-size'],
      maxBatchWaitMs: flags['audit-webhook-batch-max-wait'],
      throttleQps: flags['audit-webhook-batch-throttle-enable'] ? flags['audit-webhook-batch-throttle-qps'] : undefined,
      throttleBurst: flags['audit-webhook-batch-throttle-burst'],
    },
    'webhook',
    send,
    logger,
  );
  return {
    take: (_event, json) => buffered.add(json),
    async close() {
      ending.abort();
      await buffered.close();
      client.close();
    },
  };
}

/** Whether the same may be taken later: the server is away, or says that it has too much to do, or fails. */
const mayPass = (error: unknown): boolean => !(error instanceof ApiError) || error.code === 429 || error.code >= 500;
