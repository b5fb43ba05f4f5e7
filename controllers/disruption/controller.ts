/**
 * disruption-controller: tells in the status of every PodDisruptionBudget how many of its pods may be evicted now.
 *
 * Upstream: pkg/controller/disruption. A budget also follows when a pod's labels leave it, which upstream notices later.
 */
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../api/errors.ts';
import { poddisruptionbudgets } from '../../api/kinds/poddisruptionbudgets.ts';
import { pods } from '../../api/kinds/pods.ts';
import { controllerOf, keyOf } from '../../api/meta.ts';
import { isPodReady, isPodTerminating } from '../../api/pods.ts';
import { formatLabelSelector, matches, selectorOf } from '../../api/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';
import { type Outcome, runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { ControllerScales } from './controller-scales.ts';
import { type BudgetPlan, type BudgetStatus, CountError, failedStatus, needsScale, planBudget } from './plan.ts';
import { staleTargetCleanup } from './stale-target.ts';

export function disruptionController(context: Context): Run {
  const { client, informers, logger, now, recorder } = context;
  const events = recorder('controllermanager');
  const queue = new WorkQueue();
  const budgets = informers.of(poddisruptionbudgets);
  const allPods = informers.of(pods);
  const scales = new ControllerScales(context);
  const cleanUp = staleTargetCleanup(context);

  const budgetsOf = (pod: Pod): PodDisruptionBudget[] =>
    budgets
      .byIndex('namespace', pod.metadata.namespace ?? '')
      .filter(({ spec }) => matches(selectorOf(spec?.selector), pod.metadata.labels));

  budgets.onChange((change, budget) => {
    if (change !== 'delete') queue.add(keyOf(budget));
  });
  allPods.onChange((change, pod, old) => {
    if (change === 'update' && old && isDeepStrictEqual(facts(old), facts(pod))) return;
    const [budget, second] = budgetsOf(pod);
    const [before] = old ? budgetsOf(old) : [];
    if (budget) queue.add(keyOf(budget));
    if (before) queue.add(keyOf(before));
    if (!budget || !second) return;
    const { namespace, name } = pod.metadata;
    const which = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.`;
    const chosen = `Chose "${budget.metadata.name}" arbitrarily.`;
    events.event(pod, 'Warning', 'MultiplePodDisruptionBudgets', `${which}  ${chosen}`);
  });

  const reconcile = async (key: string): Promise<Outcome> => {
    const budget = budgets.get(key);
    if (!budget) return;
    try {
      return await sync(budget);
    } catch (error) {
      if (error instanceof ApiError && error.reason === 'Conflict') throw error;
      // Whoever cannot tell what may go lets nothing go.
      await write(budget, failedStatus(budget, (error as Error).message, now()));
      if (!(error instanceof CountError)) throw error;
    }
  };

  const sync = async (budget: PodDisruptionBudget): Promise<Outcome> => {
    const selector = selectorOf(budget.spec?.selector);
    const covered = allPods
      .byIndex('namespace', budget.metadata.namespace ?? '')
      .filter((pod) => matches(selector, pod.metadata.labels));
    if (covered.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const { status, unmanaged, notDeleted, requeueAfterMs } = await plan(budget, covered);
    if (unmanaged.length > 0) events.event(budget, 'Warning', 'UnmanagedPods', unmanagedMessage(budget));
    for (const pod of notDeleted) {
      const message = `Pod was expected by PDB ${keyOf(budget)} to be deleted but it wasn't`;
      events.event(pod, 'Warning', 'NotDeleted', message);
    }
    await write(budget, status);
    if (requeueAfterMs !== undefined) return { requeueAfterMs };
  };

  const plan = async (budget: PodDisruptionBudget, covered: Pod[]): Promise<BudgetPlan> => {
    try {
      const wanted = needsScale(budget) ? await scalesOf(covered) : new Map();
      return planBudget({ budget, pods: covered, scales: wanted, now: now() });
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${(error as Error).message}`;
      events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      throw error;
    }
  };

  /** The scale of each controller that the pods name, by its uid there. */
  const scalesOf = async (covered: Pod[]) => {
    const found = new Map<string, Awaited<ReturnType<ControllerScales['of']>>>();
    for (const pod of covered) {
      const controller = controllerOf(pod);
      if (controller && !found.has(controller.uid))
        found.set(controller.uid, await scales.of(controller, pod.metadata.namespace ?? ''));
    }
    return found;
  };

  /** The version that the decision was made on travels with it: an eviction in between makes it fail. */
  const write = async (budget: PodDisruptionBudget, status: BudgetStatus): Promise<void> => {
    if (!isDeepStrictEqual(budget.status, status))
      await client.of(poddisruptionbudgets).updateStatus({ ...budget, status });
  };

  const name = 'disruption-controller';
  return async (signal) => {
    await Promise.all([runController({ name, queue, workers: 1, reconcile, logger }, signal), cleanUp(signal)]);
  };
}

/** What of a pod its budgets are counted from; most updates of a pod leave it as it is. */
const facts = (pod: Pod): unknown[] => [
  pod.metadata.uid,
  pod.metadata.labels,
  controllerOf(pod)?.uid,
  isPodReady(pod),
  isPodTerminating(pod),
];

const unmanagedMessage = ({ spec }: PodDisruptionBudget): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${formatLabelSelector(spec?.selector)}) were found to be unmanaged. ` +
  'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
  'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
