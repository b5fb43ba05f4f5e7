import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../api/types.ts';
import { isWaiting, nodeEvents } from './watch-cluster.ts';

describe('what of a node’s change may let pods in', () => {
  const node: Node = { metadata: { name: 'n', labels: { a: '1' } }, spec: {}, status: { allocatable: { cpu: '1' } } };
  test.each<[string, Node, string[]]>([
    ['a heartbeat', { ...node, status: { ...node.status, conditions: [{ type: 'Ready', status: 'True' }] } }, []],
    ['room', { ...node, status: { allocatable: { cpu: '2' } } }, ['node-allocatable']],
    ['labels', { ...node, metadata: { name: 'n', labels: { a: '2' } } }, ['node-label']],
    ['a taint', { ...node, spec: { taints: [{ key: 'k', effect: 'NoSchedule' }] } }, ['node-taint']],
    ['a cordon', { ...node, spec: { unschedulable: true } }, ['node-taint']],
    ['an empty list of taints', { ...node, spec: { taints: [] } }, []],
  ])('%s', (_, changed, events) => expect(nodeEvents(changed, node)).toEqual(events));
});

describe('who waits for this scheduler', () => {
  const pod = (spec: Partial<NonNullable<Pod['spec']>>, metadata: Pod['metadata'] = {}): Pod => ({
    metadata,
    spec: { containers: [], ...spec },
  });
  test.each<[string, Pod, boolean]>([
    ['a pod without a node', pod({}), true],
    ['one that names this scheduler', pod({ schedulerName: 'default-scheduler' }), true],
    ['one of another', pod({ schedulerName: 'other' }), false],
    ['one that has its node', pod({ nodeName: 'n' }), false],
    ['one that is held by a gate', pod({ schedulingGates: [{ name: 'g' }] }), false],
    ['one that is being deleted', pod({}, { deletionTimestamp: '2030-01-01T00:00:00Z' }), false],
  ])('%s', (_, which, expected) => expect(isWaiting(which)).toBe(expected));
});
