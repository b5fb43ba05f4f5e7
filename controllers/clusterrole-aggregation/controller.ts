/**
 * clusterrole-aggregation-controller: keeps the rules of ClusterRoles that are put together from others, such as `admin`,
 * `edit` and `view`.
 *
 * Upstream: pkg/controller/clusterroleaggregation
 */
import { clusterroles } from '../../api/kinds/clusterroles.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { planRules } from './plan.ts';

const name = 'clusterrole-aggregation-controller';

export function clusterRoleAggregationController({ client, informers, logger }: Context): Run {
  const queue = new WorkQueue();
  const roles = informers.of(clusterroles);
  // Any role may be part of any other, also of one that is part of a third: `view` is part of `edit`.
  roles.onChange(() => {
    for (const { metadata, aggregationRule } of roles.list()) if (aggregationRule) queue.add(metadata.name!);
  });
  const reconcile = async (key: string): Promise<void> => {
    const role = roles.get(key);
    const rules = role && planRules(role, roles.list());
    if (rules) await client.of(clusterroles).update({ ...role, rules });
  };
  return (signal) => runController({ name, queue, reconcile, logger }, signal);
}
