import { describe, expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../../api/types.ts';
import { type BudgetStatus, failedStatus, needsScale, planBudget, untilTargetIsStale } from './plan.ts';

const now = Date.parse('2026-01-01T00:10:00Z');
const at = (seconds: number): string => new Date(now + seconds * 1000).toISOString().replace('.000', '');

/** `name`, or `name@uid` of a pod that a controller owns; `!` is not ready, `~` is being deleted. */
function pod(text: string): Pod {
  const [, name, uid, marks] = /^([\w-]+)(?:@([\w-]+))?([!~]*)$/.exec(text)!;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: uid!, controller: true };
  return {
    metadata: {
      name: name!,
      namespace: 'default',
      ...(uid && { ownerReferences: [owner] }),
      ...(marks!.includes('~') && { deletionTimestamp: at(30) }),
    },
    status: { conditions: [{ type: 'Ready', status: marks!.includes('!') ? 'False' : 'True' }] },
  };
}
const pods = (text: string): Pod[] => text.split(' ').filter(Boolean).map(pod);

const budget = (spec: PodDisruptionBudget['spec'], status?: Partial<BudgetStatus>): PodDisruptionBudget => ({
  metadata: { name: 'keep', namespace: 'default', generation: 3 },
  spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
  status: { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0, ...status },
});

/** What each controller is asked for; two uids of one Deployment share its scale. */
const scales = new Map([
  ['none', { uid: 'none', replicas: 0 }],
  ['three', { uid: 'three', replicas: 3 }],
  ['five', { uid: 'five', replicas: 5 }],
  ['old', { uid: 'deployment', replicas: 4 }],
  ['new', { uid: 'deployment', replicas: 4 }],
  ['gone', undefined],
]);
const plan = (spec: PodDisruptionBudget['spec'], of: string, status?: Partial<BudgetStatus>) =>
  planBudget({ budget: budget(spec, status), pods: pods(of), scales, now });

describe('expected, desired and healthy pods, and how many may go', () => {
  const cases: [string, PodDisruptionBudget['spec'], string, number[]][] = [
    ['a minimum counts the pods themselves', { minAvailable: 1 }, 'a b c', [3, 1, 3, 2]],
    ['whether or not they are managed', { minAvailable: 1 }, 'a@gone b', [2, 1, 2, 1]],
    ['a pod that is not ready does not help', { minAvailable: 2 }, 'a b c!', [3, 2, 2, 0]],
    ['nor one that is leaving', { minAvailable: 1 }, 'a b~', [2, 1, 1, 0]],
    ['too few leave nothing to spare, not less', { minAvailable: 3 }, 'a', [1, 3, 1, 0]],
    ['a minimum of none', { minAvailable: 0 }, 'a b', [2, 0, 2, 2]],
    ['a part of the replicas, rounded up', { minAvailable: '50%' }, 'a@five b@five c@five d@five', [5, 3, 4, 1]],
    ['all of them', { minAvailable: '100%' }, 'a@three b@three c@three', [3, 3, 3, 0]],
    ['a maximum', { maxUnavailable: 1 }, 'a@three b@three c@three', [3, 2, 3, 1]],
    ['a maximum of a part, rounded up', { maxUnavailable: '30%' }, 'a@five b@five c@five d@five', [5, 3, 4, 1]],
    ['a maximum of more than there are', { maxUnavailable: 9 }, 'a@three b@three', [3, 0, 2, 2]],
    ['pods that are still missing are unavailable', { maxUnavailable: 1 }, 'a@five b@five', [5, 4, 2, 0]],
    ['several controllers add up', { maxUnavailable: 1 }, 'a@three b@three c@three d@five', [8, 7, 4, 0]],
    ['a Deployment counts once', { maxUnavailable: 1 }, 'a@old b@old c@new d@new', [4, 3, 4, 1]],
    ['unmanaged pods are not expected', { maxUnavailable: 1 }, 'a@three b@three c@three d', [3, 2, 4, 2]],
    ['no pods', { minAvailable: 0 }, '', [0, 0, 0, 0]],
    ['pods of a controller that wants none', { maxUnavailable: 1 }, 'a@none', [0, 0, 1, 0]],
    ['neither a minimum nor a maximum', {}, 'a b', [0, 0, 2, 0]],
  ];
  test.each(cases)('%s', (_, spec, of, expected) => {
    const { status } = plan(spec, of);
    const { expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed } = status;
    expect([expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed]).toEqual(expected);
    expect(status.observedGeneration).toBe(3);
  });

  test('a pod whose controller is not found', () => {
    expect(() => plan({ maxUnavailable: 1 }, 'a@three b@gone')).toThrow('found no controllers for pod "b"');
  });

  test('unmanaged pods are named where the numbers leave them out', () => {
    expect(plan({ maxUnavailable: 1 }, 'a@three b').unmanaged.map(({ metadata }) => metadata.name)).toEqual(['b']);
    expect(plan({ minAvailable: '1%' }, 'a b').unmanaged).toHaveLength(2);
    expect(plan({ minAvailable: 1 }, 'a b').unmanaged).toEqual([]);
  });

  test('only a maximum or a percentage asks for the scale', () => {
    const specs = [{ minAvailable: 1 }, {}, { minAvailable: '1%' }, { maxUnavailable: 0 }, { maxUnavailable: '1%' }];
    expect(specs.map((spec) => needsScale(budget(spec)))).toEqual([false, false, true, true, true]);
  });
});

describe('evictions that were granted', () => {
  const granted = (seconds: number) => ({ disruptedPods: { a: at(-seconds) } });

  test('count as gone before they are, and are looked at again in time', () => {
    const { status, requeueAfterMs, notDeleted } = plan({ minAvailable: 1 }, 'a b c', granted(30));
    expect(status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1, disruptedPods: { a: at(-30) } });
    expect([requeueAfterMs, notDeleted]).toEqual([90_000, []]);
  });

  test('the first to run out says when', () => {
    const disruptedPods = { a: at(-30), b: at(-110) };
    expect(plan({ minAvailable: 1 }, 'a b c', { disruptedPods }).requeueAfterMs).toBe(10_000);
  });

  test('and did not happen in two minutes are told of, and count again', () => {
    const { status, requeueAfterMs, notDeleted } = plan({ minAvailable: 1 }, 'a b', granted(120));
    expect(status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1 });
    expect(status.disruptedPods).toBeUndefined();
    expect([requeueAfterMs, notDeleted.map(({ metadata }) => metadata.name)]).toEqual([undefined, ['a']]);
  });

  test.each(['a~ b', 'b'])('and are carried out are forgotten: %s', (left) => {
    const { status, requeueAfterMs, notDeleted } = plan({ minAvailable: 1 }, left, granted(1));
    expect(status).toMatchObject({ currentHealthy: 1, disruptionsAllowed: 0 });
    expect([status.disruptedPods, requeueAfterMs, notDeleted]).toEqual([undefined, undefined, []]);
  });
});

describe('the condition', () => {
  test('says whether something may go', () => {
    expect(plan({ minAvailable: 1 }, 'a b').status.conditions).toEqual([
      {
        type: 'DisruptionAllowed',
        status: 'True',
        reason: 'SufficientPods',
        message: '',
        lastTransitionTime: at(0),
        observedGeneration: 3,
      },
    ]);
    expect(plan({ minAvailable: 1 }, 'a').status.conditions).toMatchObject([
      { status: 'False', reason: 'InsufficientPods' },
    ]);
  });

  test('says why nobody knows, and keeps the numbers but one', () => {
    const before = plan({ maxUnavailable: 1 }, 'a@three b@three c@three').status;
    const status = failedStatus(budget({}, before), 'found no controllers', now + 1000);
    expect(status).toMatchObject({ ...before, disruptionsAllowed: 0, conditions: expect.anything() });
    expect(status.conditions).toMatchObject([
      { status: 'False', reason: 'SyncFailed', message: 'found no controllers', lastTransitionTime: at(1) },
    ]);
    expect(failedStatus(budget({}, status), 'found no controllers', now + 2000)).toEqual(status);
    const after = plan({ maxUnavailable: 1 }, 'a@three b@three c@three', status).status;
    expect(after.conditions).toMatchObject([{ reason: 'SufficientPods', message: '', lastTransitionTime: at(0) }]);
  });

  test('and all the rest stay as they are when nothing has changed', () => {
    const disruptedPods = { a: at(-30) };
    const first = plan({ maxUnavailable: 1 }, 'a@three b@three c@three', { disruptedPods }).status;
    const later = planBudget({
      budget: budget({ maxUnavailable: 1 }, first),
      pods: pods('a@three b@three c@three'),
      scales,
      now: now + 5000,
    });
    expect(later.status).toStrictEqual(first);
  });
});

describe('a DisruptionTarget condition', () => {
  const target = (condition: object, rest: object = {}): Pod => {
    const known = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' };
    const conditions = [{ ...known, lastTransitionTime: at(-30), ...condition }];
    return { metadata: { name: 'a', ...rest }, status: { phase: 'Running', conditions } };
  };
  const cases: [string, Pod, number | undefined][] = [
    ['is waited for', target({}), 90_000],
    ['is stale after two minutes', target({ lastTransitionTime: at(-500) }), 0],
    ['is what the kubelet says', target({ reason: 'TerminationByKubelet' }), undefined],
    ['was taken back', target({ status: 'False' }), undefined],
    ['comes true', target({}, { deletionTimestamp: at(1) }), undefined],
    ['has come true', { ...target({}), status: { ...target({}).status, phase: 'Failed' } }, undefined],
    ['is none', pod('a'), undefined],
  ];
  test.each(cases)('%s', (_, given, expected) => expect(untilTargetIsStale(given, now)).toBe(expected));
});
