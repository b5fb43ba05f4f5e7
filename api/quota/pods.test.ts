import { describe, expect, test } from 'vitest';
import type { Pod, PodSpec, PodStatus } from '../types.ts';
import { textsOf } from './amounts.ts';
import type { ScopeRequirement } from './evaluator.ts';
import { podEvaluator } from './pods.ts';

const now = Date.parse('2030-01-01T12:00:00Z');

interface Parts {
  requests?: Record<string, string>;
  limits?: Record<string, string>;
  spec?: Partial<PodSpec>;
  status?: PodStatus;
  metadata?: Pod['metadata'];
}

const pod = ({ requests = {}, limits = {}, spec, status, metadata }: Parts = {}): Pod => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [{ name: 'c', resources: { requests, limits } }], ...spec },
  ...(status && { status }),
});

describe('what a pod uses', () => {
  const one = { 'count/pods': '1', pods: '1' };
  test.each<[string, Parts, Record<string, string>]>([
    ['its place', {}, one],
    [
      'what it requests, under both names, and its limits',
      { requests: { cpu: '100m', memory: '1Gi' }, limits: { cpu: '1' } },
      { ...one, cpu: '100m', 'requests.cpu': '100m', memory: '1Gi', 'requests.memory': '1Gi', 'limits.cpu': '1' },
    ],
    [
      'huge pages and extended resources',
      { requests: { 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' } },
      { ...one, 'hugepages-2Mi': '4Mi', 'requests.hugepages-2Mi': '4Mi', 'requests.example.com/gpu': '2' },
    ],
    ['its overhead', { spec: { overhead: { cpu: '50m' } } }, { ...one, cpu: '50m', 'requests.cpu': '50m' }],
    ['nothing but being there, when it has ended', { status: { phase: 'Succeeded' } }, { 'count/pods': '1' }],
    [
      'all of it while it ends',
      { metadata: { deletionTimestamp: '2030-01-01T11:59:40Z', deletionGracePeriodSeconds: 30 } },
      one,
    ],
    [
      'nothing when it should have ended long ago',
      { metadata: { deletionTimestamp: '2030-01-01T11:59:20Z', deletionGracePeriodSeconds: 30 } },
      { 'count/pods': '1' },
    ],
  ])('%s', (_, parts, used) => expect(textsOf(podEvaluator.usage(pod(parts), now))).toEqual(used));
});

test('names that are about pods', () => {
  const names = [
    'pods',
    'count/pods',
    'limits.memory',
    'requests.example.com/gpu',
    'hugepages-1Gi',
    'ephemeral-storage',
  ];
  expect(podEvaluator.matching([...names, 'services', 'count/pods.example.com', 'example.com/gpu'])).toEqual(names);
});

describe('what a pod must say', () => {
  const container = (name: string, requests: Record<string, string> = {}) => ({ name, resources: { requests } });
  test.each<[string, string[], Partial<PodSpec>, string | undefined]>([
    ['nothing where only places count', ['pods'], { containers: [container('a')] }, undefined],
    ['nothing about other resources', ['requests.example.com/gpu'], { containers: [container('a')] }, undefined],
    [
      'each container, init containers included',
      ['requests.cpu', 'memory', 'pods'],
      { containers: [container('b', { cpu: '1' }), container('a')], initContainers: [container('init')] },
      'must specify memory for: a,b,init; requests.cpu for: a,init',
    ],
    [
      'or the pod for all of them',
      ['cpu'],
      { containers: [container('a')], resources: { requests: { cpu: '1' } } },
      undefined,
    ],
  ])('%s', (_, names, spec, text) => expect(podEvaluator.unspecified!(pod({ spec }), names)).toBe(text));
});

describe('scopes', () => {
  const term = { topologyKey: 'zone' };
  const apart = (more: object): Partial<PodSpec> => ({
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: { ...term, ...more } }],
      },
    },
  });
  const of = (scopeName: string, operator = 'Exists', values?: string[]): ScopeRequirement => ({
    scopeName,
    operator,
    ...(values && { values }),
  });
  test.each<[ScopeRequirement, Parts, boolean]>([
    [of('Terminating'), { spec: { activeDeadlineSeconds: 5 } }, true],
    [of('Terminating'), {}, false],
    [of('NotTerminating'), {}, true],
    [of('BestEffort'), {}, true],
    [of('BestEffort'), { requests: { cpu: '1m' } }, false],
    [of('NotBestEffort'), { limits: { memory: '1Mi' } }, true],
    [of('PriorityClass'), { spec: { priorityClassName: 'a' } }, true],
    [of('PriorityClass'), {}, false],
    [of('PriorityClass', 'DoesNotExist'), {}, true],
    [of('PriorityClass', 'In', ['a', 'b']), { spec: { priorityClassName: 'a' } }, true],
    [of('PriorityClass', 'In', ['b']), { spec: { priorityClassName: 'a' } }, false],
    [of('PriorityClass', 'NotIn', ['b']), {}, true],
    [of('CrossNamespacePodAffinity'), { spec: apart({}) }, false],
    [of('CrossNamespacePodAffinity'), { spec: apart({ namespaces: ['a'] }) }, true],
    [of('CrossNamespacePodAffinity'), { spec: apart({ namespaceSelector: {} }) }, true],
    [of('VolumeAttributesClass'), {}, false],
  ])('%j of %j: %s', (scope, parts, expected) => expect(podEvaluator.inScope!(pod(parts), scope)).toBe(expected));
});

test('creates, resizes and changes of the scope are charged, and what uses less replenishes', () => {
  const [old, object] = [pod(), pod({ spec: { activeDeadlineSeconds: 1 } })];
  const charges = (operation: 'create' | 'update', subresource: string, now: Pod) =>
    podEvaluator.charges({ operation, subresource, object: now, ...(operation === 'update' && { old }) });
  expect(charges('create', '', old)).toBe(true);
  expect(charges('create', 'binding', old)).toBe(false);
  expect(charges('update', '', pod({ metadata: { labels: { a: 'b' } } }))).toBe(false);
  expect(charges('update', '', object)).toBe(true);
  expect(charges('update', 'resize', old)).toBe(true);
  expect(charges('update', 'status', old)).toBe(false);
  const replenishes = (next: Pod) => podEvaluator.replenishes!(old, next, now);
  expect(replenishes(pod({ metadata: { labels: { a: 'b' } } }))).toBe(false);
  expect(replenishes(pod({ status: { phase: 'Failed' } }))).toBe(true);
  expect(replenishes(object)).toBe(true);
  expect(replenishes(pod({ requests: { cpu: '1' } }))).toBe(true);
});
