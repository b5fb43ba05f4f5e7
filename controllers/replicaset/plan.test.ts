import { describe, expect, test } from 'vitest';
import type { Pod, ReplicaSet } from '../../api/types.ts';
import { burstReplicas, planScale, planStatus, statusDiffers } from './plan.ts';
import { deletionCostAnnotation, podsToDelete } from './rank.ts';

const now = Date.parse('2030-01-01T12:00:00Z');
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

interface PodOptions {
  phase?: string;
  node?: string;
  /** Seconds since it became ready. */
  ready?: number;
  age?: number;
  restarts?: number;
  cost?: string;
  deleting?: boolean;
  labels?: Record<string, string>;
}

const pod = (name: string, options: PodOptions = {}): Pod => {
  const { phase = 'Running', node = 'n1', ready, age = 3600, restarts = 0, cost, deleting, labels } = options;
  return {
    metadata: {
      name,
      uid: name,
      namespace: 'default',
      labels: labels ?? { app: 'web' },
      creationTimestamp: ago(age),
      ...(cost && { annotations: { [deletionCostAnnotation]: cost } }),
      ...(deleting && { deletionTimestamp: ago(1) }),
    },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: {
      phase,
      conditions: ready === undefined ? [] : [{ type: 'Ready', status: 'True', lastTransitionTime: ago(ready) }],
      containerStatuses: [{ name: 'c', restartCount: restarts, ready: true, image: '', imageID: '' }],
    },
  } as Pod;
};

const set = (replicas: number, extra: Partial<ReplicaSet['metadata']> = {}, minReadySeconds = 0): ReplicaSet => ({
  metadata: { name: 'web', namespace: 'default', uid: 'rs', generation: 3, ...extra },
  spec: {
    replicas,
    minReadySeconds,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web', tier: 'front' } } },
  },
});

describe('scale', () => {
  test.each<[string, number, Pod[], number, string[]]>([
    ['too few', 3, [pod('a')], 2, []],
    ['enough', 1, [pod('a')], 0, []],
    ['too many', 0, [pod('a')], 0, ['a']],
    ['a pod that is being deleted counts no longer', 1, [pod('a', { deleting: true })], 1, []],
    ['nor does one that has ended', 1, [pod('a', { phase: 'Failed' }), pod('b', { phase: 'Succeeded' })], 1, []],
    ['no more than a burst at once', 10_000, [], burstReplicas, []],
  ])('%s', (_, replicas, pods, create, deletes) => {
    const plan = planScale(set(replicas), pods, pods, now);
    expect([plan.create, plan.delete.map((p) => p.metadata.name)]).toEqual([create, deletes]);
  });

  test('a set that is being deleted does nothing', () => {
    expect(planScale(set(3, { deletionTimestamp: ago(1) }), [], [], now)).toEqual({ create: 0, delete: [] });
  });
});

describe('the pod that goes first', () => {
  test.each<[string, Pod, Pod]>([
    ['without a node', pod('first', { node: '' }), pod('last', { ready: 60 })],
    ['pending', pod('first', { phase: 'Pending' }), pod('last', { phase: 'Running' })],
    ['not ready', pod('first'), pod('last', { ready: 60 })],
    ['of lower cost', pod('first', { ready: 9999, cost: '-1' }), pod('last', { ready: 60 })],
    ['ready for a shorter time', pod('first', { ready: 10 }), pod('last', { ready: 1000 })],
    ['restarted more often', pod('first', { ready: 60, restarts: 3 }), pod('last', { ready: 60 })],
    ['younger', pod('first', { ready: 60, age: 100 }), pod('last', { ready: 60, age: 100_000 })],
    ['of two that are of about one age, whichever uid is lower', pod('a', { age: 100 }), pod('b', { age: 99 })],
  ])('%s', (_, first, last) => {
    expect(podsToDelete([last, first], [first, last], 1, now)).toEqual([first]);
    expect(podsToDelete([first, last], [first, last], 1, now)).toEqual([first]);
  });

  test('on the node with more pods of the application', () => {
    const pods = [pod('a', { ready: 60 }), pod('b', { ready: 60, node: 'n2' }), pod('c', { ready: 60, node: 'n2' })];
    expect(podsToDelete(pods, pods, 1, now)[0]!.spec!.nodeName).toBe('n2');
  });
});

describe('status', () => {
  const pods = [
    pod('a', { ready: 60, labels: { app: 'web', tier: 'front' } }),
    pod('b', { ready: 5 }),
    pod('c'),
    pod('d', { deleting: true, ready: 60 }),
    pod('e', { phase: 'Failed' }),
  ];

  test('counts', () => {
    expect(planStatus(set(3, {}, 10), pods, undefined, now)).toEqual({
      replicas: 3,
      fullyLabeledReplicas: 1,
      readyReplicas: 2,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 3,
      conditions: [],
    });
  });

  test('a failure is told once, and taken back by success', () => {
    const failure = { reason: 'FailedCreate', message: 'quota' } as const;
    const failed = planStatus(set(3), [], failure, now);
    expect(failed.conditions).toEqual([
      { type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2030-01-01T12:00:00Z', ...failure },
    ]);
    const still = planStatus({ ...set(3), status: failed }, [], failure, now + 60_000);
    expect(statusDiffers(failed, still)).toBe(false);
    const healed = planStatus({ ...set(3), status: failed }, [], undefined, now);
    expect(statusDiffers(failed, healed)).toBe(true);
    expect(healed.conditions).toEqual([]);
  });

  test('absent counts are zeros', () => {
    const next = planStatus({ ...set(0), metadata: { name: 'web', generation: 0 } }, [], undefined, now);
    expect(statusDiffers({ replicas: 0 }, next)).toBe(false);
  });
});
