/**
 * bootstrap-signer-controller: signs ConfigMap `cluster-info` with each bootstrap token that is for signing.
 *
 * Upstream: pkg/controller/bootstrap/bootstrapsigner.go
 */
import { bootstrapNamespace, bootstrapTokenType } from '../../api/bootstrap-token.ts';
import { clusterInfoName, clusterInfoNamespace } from '../../api/cluster-info.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import { isEqual } from '../../api/patch/json.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { Informer, waitForSync } from '../../client/informer.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { planRemoval, planSignatures } from './plan.ts';

const name = 'bootstrap-signer-controller';
/** Timers cannot wait for longer than some weeks. */
const maxWaitMs = 24 * 3_600_000;
const key = `${clusterInfoNamespace}/${clusterInfoName}`;

export function bootstrapSignerController({ client, logger, now }: Context): Run {
  const queue = new WorkQueue();
  const infos = new Informer(client, configmaps, {
    namespace: clusterInfoNamespace,
    fieldSelector: `metadata.name=${clusterInfoName}`,
    logger,
  });
  const tokens = new Informer(client, secrets, {
    namespace: bootstrapNamespace,
    fieldSelector: `type=${bootstrapTokenType}`,
    logger,
  });
  for (const informer of [infos, tokens]) informer.onChange(() => queue.add(key));
  const reconcile = async (): Promise<Outcome> => {
    const info = infos.get(key);
    const data = info && planSignatures(info, tokens.list(), now());
    if (!data) return;
    if (!isEqual(data, info.data)) await client.of(configmaps).update({ ...info, data });
    // The signatures of a token end with it.
    const ends = tokens.list().flatMap((secret) => planRemoval(secret, now()) ?? []);
    const next = Math.min(...ends.filter((ms) => ms > 0));
    if (Number.isFinite(next)) return { requeueAfterMs: Math.min(next, maxWaitMs) };
  };
  return async (signal) => {
    infos.start(signal);
    tokens.start(signal);
    if (!(await waitForSync([infos, tokens], signal))) return;
    await runController({ name, queue, workers: 1, reconcile, logger }, signal);
  };
}
