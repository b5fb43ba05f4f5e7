/**
 * What the status of a PodDisruptionBudget says, which evictions then ask. Pure.
 *
 *     5 replicas, minAvailable: 50%, 4 ready  ->  expectedPods 5, desiredHealthy 3, currentHealthy 4, disruptionsAllowed 1
 *
 * Upstream: pkg/controller/disruption/disruption.go, component-helpers/apps/poddisruptionbudget
 */
import { conditionOf, controllerOf, rfc3339, withCondition } from '../../api/meta.ts';
import { isPodReady, isPodTerminal, isPodTerminating } from '../../api/pods.ts';
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';

/** A pod whose eviction was granted is expected to be gone, or going, after that long. */
export const deletionTimeoutMs = 2 * 60_000;

export type BudgetStatus = NonNullable<PodDisruptionBudget['status']>;

/** How many pods a controller is asked for. */
export interface ControllerScale {
  uid: string;
  replicas: number;
}

/** Why nobody can say how many pods there should be. Trying again changes nothing until the objects do. */
export class CountError extends Error {}

/** Whether the budget is a part of the replicas that the pods' controllers are asked for. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean =>
  spec?.maxUnavailable !== undefined || typeof spec?.minAvailable === 'string';

export interface BudgetObservation {
  budget: PodDisruptionBudget;
  /** Those that the budget's selector matches. */
  pods: readonly Pod[];
  /** By the uid of the controller that pods name. Only looked at where `needsScale`. */
  scales: ReadonlyMap<string, ControllerScale | undefined>;
  now: number;
}

export interface BudgetPlan {
  status: BudgetStatus;
  /** Pods that no controller answers for, which the numbers leave out. */
  unmanaged: Pod[];
  /** Pods whose eviction was granted and that stayed; they count again. */
  notDeleted: Pod[];
  /** When the next of the granted evictions runs out. */
  requeueAfterMs?: number;
}

/** Throws a `CountError` when a pod's controller is not to be found. */
export function planBudget(observation: BudgetObservation): BudgetPlan {
  const { budget, pods, now } = observation;
  const { expectedPods, desiredHealthy, unmanaged } = countExpected(observation);
  const { disruptedPods, notDeleted, requeueAfterMs } = planDisrupted(observation);
  const healthy = (pod: Pod): boolean =>
    !isPodTerminating(pod) && !Object.hasOwn(disruptedPods, pod.metadata.name!) && isPodReady(pod);
  const currentHealthy = pods.filter(healthy).length;
  // Without any pods nothing may be disrupted: the first ones would be unprotected until they are counted.
  const disruptionsAllowed = expectedPods > 0 ? Math.max(currentHealthy - desiredHealthy, 0) : 0;
  const observedGeneration = budget.metadata.generation ?? 0;
  const time = rfc3339(new Date(now));
  const condition = {
    type: 'DisruptionAllowed',
    status: disruptionsAllowed > 0 ? 'True' : 'False',
    reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    lastTransitionTime: time,
    observedGeneration,
  };
  const status: BudgetStatus = {
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed,
    observedGeneration,
    conditions: withCondition(budget.status?.conditions, condition, time),
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
  };
  return { status, unmanaged, notDeleted, ...(requeueAfterMs !== undefined && { requeueAfterMs }) };
}

interface Expected {
  expectedPods: number;
  desiredHealthy: number;
  unmanaged: Pod[];
}

function countExpected(observation: BudgetObservation): Expected {
  const { budget, pods } = observation;
  const { maxUnavailable, minAvailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    const { expectedPods, unmanaged } = sumScales(observation);
    const desiredHealthy = Math.max(expectedPods - scaled(maxUnavailable, expectedPods), 0);
    return { expectedPods, desiredHealthy, unmanaged };
  }
  if (typeof minAvailable === 'string') {
    const { expectedPods, unmanaged } = sumScales(observation);
    return { expectedPods, desiredHealthy: scaled(minAvailable, expectedPods), unmanaged };
  }
  const counted = minAvailable === undefined ? 0 : pods.length;
  return { expectedPods: counted, desiredHealthy: minAvailable ?? 0, unmanaged: [] };
}

/** What the controllers of the pods are asked for together, each of them once. */
function sumScales({ pods, scales }: BudgetObservation): Pick<Expected, 'expectedPods' | 'unmanaged'> {
  const replicas = new Map<string, number>();
  for (const pod of pods) {
    const controller = controllerOf(pod);
    if (!controller) continue;
    const scale = scales.get(controller.uid);
    if (!scale) throw new CountError(`found no controllers for pod ${JSON.stringify(pod.metadata.name)}`);
    replicas.set(scale.uid, scale.replicas);
  }
  const expectedPods = [...replicas.values()].reduce((sum, count) => sum + count, 0);
  return { expectedPods, unmanaged: pods.filter((pod) => !controllerOf(pod)) };
}

/** The number, or that percentage of `total`, rounded up. */
const scaled = (value: number | string, total: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);

type Disrupted = { disruptedPods: Record<string, string>; notDeleted: Pod[]; requeueAfterMs?: number };

/** Which granted evictions are still to be waited for. One that was carried out, or took too long, is forgotten. */
function planDisrupted({ budget, pods, now }: BudgetObservation): Disrupted {
  const granted = budget.status?.disruptedPods ?? {};
  const plan: Disrupted = { disruptedPods: {}, notDeleted: [] };
  for (const pod of pods) {
    const name = pod.metadata.name!;
    if (isPodTerminating(pod) || !Object.hasOwn(granted, name)) continue;
    const time = granted[name] as string;
    const left = Date.parse(time) + deletionTimeoutMs - now;
    if (left <= 0) {
      plan.notDeleted.push(pod);
      continue;
    }
    plan.disruptedPods[name] = time;
    plan.requeueAfterMs = Math.min(left, plan.requeueAfterMs ?? left);
  }
  return plan;
}

/** The status while nobody can say what the budget allows: nothing may be evicted. */
export function failedStatus({ status }: PodDisruptionBudget, message: string, now: number): BudgetStatus {
  const time = rfc3339(new Date(now));
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'SyncFailed',
    message,
    lastTransitionTime: time,
    ...(status?.observedGeneration !== undefined && { observedGeneration: status.observedGeneration }),
  };
  const counts = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, ...status };
  return { ...counts, disruptionsAllowed: 0, conditions: withCondition(status?.conditions, condition, time) };
}

/**
 * How long until the pod's `DisruptionTarget` condition is known to be idle talk: somebody meant to delete the pod and did
 * not. Undefined when the pod has none. What a kubelet says it will do, it does when it can.
 */
export function untilTargetIsStale(pod: Pod, now: number): number | undefined {
  const condition = conditionOf(pod.status?.conditions, 'DisruptionTarget');
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined;
  if (isPodTerminating(pod) || isPodTerminal(pod)) return undefined;
  return Math.max(Date.parse(condition.lastTransitionTime ?? '') + deletionTimeoutMs - now || 0, 0);
}
