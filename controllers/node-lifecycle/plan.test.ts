import { describe, expect, test } from 'vitest';
import { conditionOf } from '../../api/meta.ts';
import type { Lease, Node, NodeCondition, Pod, Taint, Toleration } from '../../api/types.ts';
import { planEviction } from './eviction-plan.ts';
import { observe, planConditions, planTaints } from './plan.ts';

const now = Date.parse('2030-01-01T12:00:00Z');
const grace = { monitorMs: 40_000, startupMs: 60_000 };

const node = (
  ready?: string,
  extra: Partial<NonNullable<Node['spec']>> = {},
  conditions: NodeCondition[] = [],
): Node => ({
  metadata: { name: 'n1', creationTimestamp: '2030-01-01T11:00:00Z' },
  spec: extra,
  status: {
    conditions: [
      ...(ready ? [{ type: 'Ready', status: ready, lastHeartbeatTime: '2030-01-01T11:59:00Z' }] : []),
      ...conditions,
    ],
  },
});
const lease = (renewTime: string): Lease => ({ metadata: { name: 'n1' }, spec: { renewTime } });

describe('signs of life', () => {
  const before = observe(node('True'), lease('a'), undefined, now);
  test.each<[string, Node, Lease | undefined, number]>([
    ['nothing new', node('True'), lease('a'), now],
    ['a renewed lease', node('True'), lease('b'), now + 1000],
    [
      'a heartbeat',
      node(undefined, {}, [{ type: 'Ready', status: 'True', lastHeartbeatTime: 'x' }]),
      lease('a'),
      now + 1000,
    ],
  ])('%s', (_, current, currentLease, at) => expect(observe(current, currentLease, before, now + 1000).at).toBe(at));
});

describe('a silent node', () => {
  const silent = (which: Node, ms: number) =>
    planConditions(which, { at: now - ms, renewTime: '', heartbeat: '' }, grace, now);

  test('is left alone until its grace period is over', () => {
    expect(silent(node('True'), 40_000)).toBeUndefined();
    expect(silent(node('True'), 40_001)).toBeDefined();
    expect(silent(node(), 60_000)).toBeUndefined();
    expect(silent(node(), 60_001)).toBeDefined();
  });

  test('has conditions that nobody knows', () => {
    const conditions = silent(node('True', {}, [{ type: 'Custom', status: 'True' }]), 50_000)!;
    expect(conditionOf(conditions, 'Ready')).toEqual({
      type: 'Ready',
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
      message: 'Kubelet stopped posting node status.',
      lastHeartbeatTime: '2030-01-01T11:59:00Z',
      lastTransitionTime: '2030-01-01T12:00:00Z',
    });
    expect(conditionOf(conditions, 'DiskPressure')).toMatchObject({
      reason: 'NodeStatusNeverUpdated',
      message: 'Kubelet never posted node status.',
    });
    expect(conditionOf(conditions, 'Custom')?.status).toBe('True');
  });

  test('is told of once', () => {
    const conditions = silent(node('True'), 50_000)!;
    expect(silent({ ...node(), status: { conditions } }, 90_000)).toBeUndefined();
  });
});

describe('taints', () => {
  const own: Taint = { key: 'mine', effect: 'NoSchedule' };
  const texts = (taints: Taint[] | undefined) => taints?.map(({ key, effect }) => `${key}:${effect}`);
  const unreachable = 'node.kubernetes.io/unreachable';
  const notReady = 'node.kubernetes.io/not-ready';
  test.each<[string, Node, string[] | undefined]>([
    ['ready', node('True'), undefined],
    ['not ready', node('False'), [`${notReady}:NoSchedule`, `${notReady}:NoExecute`]],
    ['silent', node('Unknown'), [`${unreachable}:NoSchedule`, `${unreachable}:NoExecute`]],
    ['never heard of', node(), [`${notReady}:NoSchedule`]],
    ['cordoned', node('True', { unschedulable: true }), ['node.kubernetes.io/unschedulable:NoSchedule']],
    [
      'short of memory',
      node('True', {}, [{ type: 'MemoryPressure', status: 'True' }]),
      ['node.kubernetes.io/memory-pressure:NoSchedule'],
    ],
    [
      "a person's taint stays",
      node('False', { taints: [own] }),
      ['mine:NoSchedule', `${notReady}:NoSchedule`, `${notReady}:NoExecute`],
    ],
    ['ready again', node('True', { taints: [own, { key: unreachable, effect: 'NoExecute' }] }), ['mine:NoSchedule']],
    [
      'as it should be',
      node('True', {
        unschedulable: true,
        taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
      }),
      undefined,
    ],
  ])('%s', (_, which, expected) => expect(texts(planTaints(which, now))).toEqual(expected));

  test('a taint that stays keeps the time it came', () => {
    const taints = [{ key: notReady, effect: 'NoExecute', timeAdded: '2029-01-01T00:00:00Z' }];
    expect(planTaints(node('False', { taints }), now)).toEqual([
      ...taints,
      { key: notReady, effect: 'NoSchedule', timeAdded: '2030-01-01T12:00:00Z' },
    ]);
  });
});

describe('eviction', () => {
  const came = Date.parse('2030-01-01T11:00:00Z');
  const pod = (...tolerations: Toleration[]): Pod => ({
    metadata: { name: 'p', creationTimestamp: '2030-01-01T10:00:00Z' },
    spec: { containers: [], tolerations },
  });
  const taint: Taint = { key: 'k', effect: 'NoExecute', timeAdded: '2030-01-01T11:00:00Z' };
  const anything: Toleration = { operator: 'Exists' };
  const forSeconds = (tolerationSeconds: number): Toleration => ({ key: 'k', operator: 'Exists', tolerationSeconds });
  test.each<[string, Pod, Taint[], number]>([
    ['no taints', pod(), [], Infinity],
    ['a taint that only keeps new pods out', pod(), [{ key: 'k', effect: 'NoSchedule' }], Infinity],
    ['not tolerated', pod(), [taint], 0],
    ['tolerated for ever', pod(anything), [taint], Infinity],
    ['tolerated for a while', pod(forSeconds(300)), [taint], came + 300_000],
    ['the shortest toleration counts', pod(forSeconds(300), anything, forSeconds(10)), [taint], came + 10_000],
    ['of two taints the first to act', pod(forSeconds(300)), [taint, { key: 'other', effect: 'NoExecute' }], 0],
    ['no time given: since it was seen', pod(forSeconds(1)), [{ key: 'k', effect: 'NoExecute' }], now + 1000],
    ['a negative time is none', pod(forSeconds(-1)), [taint], came],
  ])('%s', (_, which, taints, at) => expect(planEviction(which, taints, () => now)).toBe(at));

  test('a pod that came after the taint has its time from then on', () => {
    const late = { ...pod(forSeconds(10)), status: { startTime: '2030-01-01T11:30:00Z' } };
    expect(planEviction(late, [taint], () => now)).toBe(Date.parse('2030-01-01T11:30:10Z'));
  });
});
