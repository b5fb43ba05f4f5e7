import { describe, expect, test } from 'vitest';
import type { Node, Pod, Taint } from '../api/types.ts';
import { NodeInfo, podInfo } from './node-info.ts';
import { plan } from './plan.ts';
import { plugins } from './plugins/all.ts';

interface NodeOptions {
  labels?: Record<string, string>;
  taints?: Taint[];
  unschedulable?: boolean;
  cpu?: string;
  memory?: string;
  pods?: Pod[];
}

function node(name: string, { labels, taints, unschedulable, cpu = '4', memory = '8Gi', pods = [] }: NodeOptions = {}) {
  const info = new NodeInfo();
  info.node = {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { taints, unschedulable },
    status: { allocatable: { cpu, memory, pods: '110' } },
  } as Node;
  for (const other of pods) info.add(podInfo(other));
  return info;
}

let count = 0;
const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}, requests?: Record<string, string>): Pod => ({
  metadata: { name: `pod-${count++}`, namespace: 'default' },
  spec: { containers: [{ name: 'c', ...(requests && { resources: { requests } }) }], ...spec },
});

const place = (wanted: Pod, ...nodes: NodeInfo[]) => plan(podInfo(wanted), nodes, plugins, () => 0);
const message = (wanted: Pod, ...nodes: NodeInfo[]) => {
  const placement = place(wanted, ...nodes);
  return 'refused' in placement ? placement.refused.message : `placed on ${placement.node}`;
};

const gpu: Taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' };
const withPort = (hostPort: number, hostIP?: string) =>
  pod({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, ...(hostIP && { hostIP }) }] }] });
const affinity = (operator: string, values?: string[]) => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'cores', operator, ...(values && { values }) }] }],
    },
  },
});

describe('refusals, in the words of Kubernetes', () => {
  const unhelpful = (n: number) =>
    `preemption: 0/${n} nodes are available: ${n} Preemption is not helpful for scheduling.`;
  const noVictims = (n: number) =>
    `preemption: 0/${n} nodes are available: ${n} No preemption victims found for incoming pod.`;
  test.each<[string, Pod, NodeInfo[], string]>([
    ['no node at all', pod(), [], 'no nodes available to schedule pods'],
    [
      'cordoned',
      pod(),
      [node('a', { unschedulable: true })],
      `0/1 nodes are available: 1 node(s) were unschedulable. ${unhelpful(1)}`,
    ],
    [
      'tainted',
      pod(),
      [node('a', { taints: [gpu] })],
      `0/1 nodes are available: 1 node(s) had untolerated taint(s). ${unhelpful(1)}`,
    ],
    [
      'selector',
      pod({ nodeSelector: { disk: 'ssd' } }),
      [node('a'), node('b', { labels: { disk: 'hdd' } })],
      `0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. ${unhelpful(2)}`,
    ],
    [
      'full',
      pod({}, { cpu: '2', memory: '2Gi' }),
      [node('a', { pods: [pod({}, { cpu: '3', memory: '7Gi' })] })],
      `0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. ${noVictims(1)}`,
    ],
    [
      'larger than the node',
      pod({}, { cpu: '5' }),
      [node('a')],
      `0/1 nodes are available: 1 Insufficient cpu. ${unhelpful(1)}`,
    ],
    [
      'a resource that no node has',
      pod({}, { 'example.com/gpu': '1' }),
      [node('a')],
      `0/1 nodes are available: 1 Insufficient example.com/gpu. ${unhelpful(1)}`,
    ],
    [
      'host port taken',
      withPort(8080),
      [node('a', { pods: [withPort(8080)] })],
      `0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports. ${noVictims(1)}`,
    ],
    [
      'each node for its own reason',
      pod({}, { cpu: '3' }),
      [node('a', { taints: [gpu] }), node('b', { pods: [pod({}, { cpu: '2' })] })],
      '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s). preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    ],
    [
      'a pod that never preempts',
      pod({ preemptionPolicy: 'Never' }, { cpu: '5' }),
      [node('a')],
      '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
    ],
    [
      'a pod that outranks others: nobody is evicted, and the message does not deny that it could help',
      pod({ priority: 10 }, { cpu: '3' }),
      [node('a', { pods: [pod({}, { cpu: '2' })] })],
      '0/1 nodes are available: 1 Insufficient cpu.',
    ],
  ])('%s', (_, wanted, nodes, text) => expect(message(wanted, ...nodes)).toBe(text));

  test('the plugins that refused are named, so that only what they wait for wakes the pod', () => {
    const placement = place(pod({}, { cpu: '3' }), node('a', { taints: [gpu] }), node('b', { cpu: '1' }));
    expect('refused' in placement && [...placement.refused.plugins].map((p) => p.name)).toEqual([
      'TaintToleration',
      'NodeResourcesFit',
    ]);
  });
});

describe('placements', () => {
  test.each<[string, Pod, NodeInfo[], string]>([
    ['the only node', pod(), [node('a')], 'a'],
    ['the emptier node', pod(), [node('a', { pods: [pod({}, { cpu: '1' })] }), node('b')], 'b'],
    [
      'pods without requests spread, too',
      pod(),
      [node('a', { pods: [pod(), pod()] }), node('b', { pods: [pod()] })],
      'b',
    ],
    [
      'tolerated taint',
      pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }),
      [node('a', { taints: [gpu] })],
      'a',
    ],
    [
      'a toleration of everything, on a cordoned node',
      pod({ tolerations: [{ operator: 'Exists' }] }),
      [node('a', { unschedulable: true })],
      'a',
    ],
    [
      'not where it had better not be',
      pod(),
      [node('a', { taints: [{ ...gpu, effect: 'PreferNoSchedule' }] }), node('b', { pods: [pod({}, { cpu: '1' })] })],
      'b',
    ],
    ['node selector', pod({ nodeSelector: { disk: 'ssd' } }), [node('a'), node('b', { labels: { disk: 'ssd' } })], 'b'],
    [
      'affinity In',
      pod({ affinity: affinity('In', ['8', '16']) }),
      [node('a', { labels: { cores: '4' } }), node('b', { labels: { cores: '16' } })],
      'b',
    ],
    [
      'affinity Gt',
      pod({ affinity: affinity('Gt', ['9']) }),
      [node('a', { labels: { cores: '8' } }), node('b', { labels: { cores: '16' } })],
      'b',
    ],
    [
      'affinity DoesNotExist',
      pod({ affinity: affinity('DoesNotExist') }),
      [node('a', { labels: { cores: '8' } }), node('b')],
      'b',
    ],
    [
      'the same host port of another address',
      withPort(8080, '10.88.0.1'),
      [node('a', { pods: [withPort(8080, '10.88.0.2')] })],
      'a',
    ],
  ])('%s', (_, wanted, nodes, name) => expect(place(wanted, ...nodes)).toEqual({ node: name }));

  test('preferred affinity outweighs a little load', () => {
    const preferred = {
      nodeAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 1, preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] } },
        ],
      },
    };
    const loaded = node('b', { labels: { disk: 'ssd' }, pods: [pod({}, { cpu: '1' })] });
    expect(place(pod({ affinity: preferred }), node('a'), loaded)).toEqual({ node: 'b' });
  });

  test('chance decides between equals', () => {
    const nodes = [node('a'), node('b')];
    const wanted = podInfo(pod());
    expect(plan(wanted, nodes, plugins, () => 0)).toEqual({ node: 'a' });
    expect(plan(wanted, nodes, plugins, () => 0.99)).toEqual({ node: 'b' });
  });
});

test('a pod that leaves gives back what it took', () => {
  const info = node('a', { cpu: '1', pods: [] });
  const big = podInfo(pod({}, { cpu: '1' }));
  info.add(big);
  info.add(big);
  expect(message(pod({}, { cpu: '1' }), info)).toContain('Insufficient cpu');
  info.remove(big.key);
  expect(place(pod({}, { cpu: '1' }), info)).toEqual({ node: 'a' });
});
