/**
 * token-cleaner-controller: removes bootstrap tokens that have run out.
 *
 * Upstream: pkg/controller/bootstrap/tokencleaner.go
 */
import { bootstrapNamespace, bootstrapTokenType } from '../../api/bootstrap-token.ts';
import { ApiError } from '../../api/errors.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import { keyOf } from '../../api/meta.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { Informer, waitForSync } from '../../client/informer.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { planRemoval } from './plan.ts';

const name = 'token-cleaner-controller';
/** Timers cannot wait for longer than some weeks. */
const maxWaitMs = 24 * 3_600_000;

export function tokenCleanerController({ client, logger, now }: Context): Run {
  const queue = new WorkQueue();
  const tokens = new Informer(client, secrets, {
    namespace: bootstrapNamespace,
    fieldSelector: `type=${bootstrapTokenType}`,
    logger,
  });
  tokens.onChange((change, secret) => {
    if (change !== 'delete') queue.add(keyOf(secret));
  });
  const reconcile = async (key: string): Promise<Outcome> => {
    const secret = tokens.get(key);
    if (!secret) return;
    const ms = planRemoval(secret, now());
    if (ms === undefined) return;
    if (ms > 0) return { requeueAfterMs: Math.min(ms, maxWaitMs) };
    const { name: secretName = '', namespace, uid } = secret.metadata;
    logger.info({ secret: key }, 'Deleting an expired bootstrap token');
    try {
      await client.of(secrets).delete(secretName, namespace, { preconditions: { uid } });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'NotFound')) throw error;
    }
  };
  return async (signal) => {
    tokens.start(signal);
    if (await waitForSync([tokens], signal))
      await runController({ name, queue, workers: 1, reconcile, logger }, signal);
  };
}
