import { expect, test } from 'vitest';
import type { Pod } from '../api/types.ts';
import { planPodGc } from './pod-gc.ts';

const now = 1_000_000;
const pod = (name: string, nodeName: string, phase = 'Running', extra: Partial<Pod['metadata']> = {}): Pod => ({
  metadata: { name, creationTimestamp: `2030-01-01T00:00:0${name.length}Z`, ...extra },
  spec: { containers: [], ...(nodeName && { nodeName }) },
  status: { phase },
});

const plan = (pods: Pod[], missing: [string, number][] = [], threshold = 0) =>
  planPodGc({ pods, missingSince: new Map(missing), threshold, now }).map(
    ({ pod, why }) => `${pod.metadata.name} ${why}`,
  );

test.each<[string, string[], string[]]>([
  ['a node that was missed long ago', plan([pod('a', 'n1')], [['n1', now - 40_000]]), ['a orphaned']],
  ['a node that was missed just now', plan([pod('a', 'n1')], [['n1', now - 39_999]]), []],
  ['a node that is there', plan([pod('a', 'n1')]), []],
  ['deleted before it had a node', plan([pod('a', '', 'Pending', { deletionTimestamp: 'x' })]), ['a unscheduled']],
  ['deleted on its node: the kubelet’s', plan([pod('a', 'n1', 'Running', { deletionTimestamp: 'x' })]), []],
  [
    'the oldest of too many that have ended',
    plan([pod('aaa', 'n1', 'Failed'), pod('a', 'n1', 'Succeeded'), pod('aa', 'n1', 'Failed'), pod('b', 'n1')], [], 1),
    ['a ended', 'aa ended'],
  ],
  ['no limit', plan([pod('a', 'n1', 'Failed')], [], -1), []],
])('%s', (_, actual, expected) => expect(actual).toEqual(expected));
