import { describe, expect, test } from 'vitest';
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../types.ts';
import { autoscalerFromV1, autoscalerToV1, copyPart } from './horizontal-pod-autoscaler.ts';

const prefix = 'autoscaling.alpha.kubernetes.io/';
const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const metadata = { name: 'web', annotations: { own: 'yes' } };
const ref = { kind: 'Ingress', name: 'main', apiVersion: 'networking.k8s.io/v1' };
const selector = { matchLabels: { a: 'b' } };

const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } };
const memory = {
  type: 'Resource',
  resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } },
};
const pods = {
  type: 'Pods',
  pods: { metric: { name: 'hits', selector }, target: { type: 'AverageValue', averageValue: '5' } },
};
const object = {
  type: 'Object',
  object: { describedObject: ref, metric: { name: 'rps' }, target: { type: 'Value', value: '2k' } },
};
const perPod = {
  type: 'Object',
  object: { describedObject: ref, metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '100' } },
};
const external = {
  type: 'External',
  external: { metric: { name: 'queue', selector }, target: { type: 'AverageValue', averageValue: '30' } },
};
const container = {
  type: 'ContainerResource',
  containerResource: { name: 'cpu', container: 'app', target: { type: 'Utilization', averageUtilization: 7 } },
};
const rules = { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 1, periodSeconds: 60 }] };
const behavior = { scaleUp: { stabilizationWindowSeconds: 0, ...rules }, scaleDown: rules };
const conditions = [{ type: 'AbleToScale', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' }];
const currentMetrics = [
  { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12, averageValue: '120m' } } },
  { type: 'Pods', pods: { metric: { name: 'hits', selector }, current: { averageValue: '3' } } },
];

const autoscaler = (spec: object, status: object = { desiredReplicas: 2, currentReplicas: 1 }) =>
  ({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, ...spec },
    status,
  }) as unknown as HorizontalPodAutoscaler;

describe('there and back', () => {
  test.each<[string, object[]]>([
    ['cpu', [cpu]],
    ['memory', [memory]],
    ['pods', [pods]],
    ['an object', [object]],
    ['an object for each pod', [perPod]],
    ['external', [external]],
    ['a container', [container]],
    // The CPU's comes last, as in Kubernetes.
    ['many', [memory, pods, object, external, container, cpu]],
  ])('%s', (_, metrics) => {
    const full = autoscaler(
      { metrics, behavior },
      { desiredReplicas: 2, currentReplicas: 1, conditions, currentMetrics },
    );
    const before = structuredClone(full);
    const old = autoscalerToV1(full);
    expect(autoscalerFromV1(old)).toEqual(before);
    expect(full, 'is not changed').toEqual(before);
  });
});

test('version 1 has a field for the CPU, and annotations in the form that Kubernetes writes', () => {
  const status = { desiredReplicas: 2, currentReplicas: 1, conditions, currentMetrics };
  const old = autoscalerToV1(autoscaler({ metrics: [pods, cpu], behavior }, status));
  expect(old).toMatchObject({
    apiVersion: 'autoscaling/v1',
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, targetCPUUtilizationPercentage: 60 },
    status: { desiredReplicas: 2, currentReplicas: 1, currentCPUUtilizationPercentage: 12 },
  });
  const { annotations = {} } = old.metadata;
  const parsed = Object.fromEntries(
    Object.entries(annotations).map(([key, text]) => [
      key.replace(prefix, ''),
      key.startsWith(prefix) ? (JSON.parse(text) as unknown) : text,
    ]),
  );
  expect(parsed).toEqual({
    own: 'yes',
    metrics: [{ type: 'Pods', pods: { metricName: 'hits', selector, targetAverageValue: '5' } }],
    behavior: {
      ScaleUp: {
        StabilizationWindowSeconds: 0,
        SelectPolicy: 'Max',
        Policies: [{ Type: 'Pods', Value: 1, PeriodSeconds: 60 }],
      },
      ScaleDown: { SelectPolicy: 'Max', Policies: [{ Type: 'Pods', Value: 1, PeriodSeconds: 60 }] },
    },
    conditions,
    'current-metrics': [
      { type: 'Resource', resource: { name: 'cpu', currentAverageUtilization: 12, currentAverageValue: '120m' } },
      { type: 'Pods', pods: { metricName: 'hits', selector, currentAverageValue: '3' } },
    ],
  });
});

const v1 = (annotations: Record<string, string>, spec: object = {}) =>
  ({
    metadata: { name: 'web', annotations },
    spec: { scaleTargetRef, minReplicas: 1, maxReplicas: 5, ...spec },
  }) as HorizontalPodAutoscalerV1;

test('version 1 without any metric means the CPU', () => {
  expect(autoscalerFromV1(v1({})).spec?.metrics).toEqual([
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
  ]);
});

test.each([
  ['no JSON', 'metrics', '{'],
  ['no list', 'metrics', '{}'],
  ['a list of numbers', 'metrics', '[1]'],
  ['a name that is a number', 'metrics', '[{"type":"Pods","pods":{"metricName":5}}]'],
  ['no quantity', 'metrics', '[{"type":"Pods","pods":{"metricName":"a","targetAverageValue":"x"}}]'],
  ['a behavior that is a text', 'behavior', '"fast"'],
  ['a behavior of wrong types', 'behavior', '{"ScaleUp":[]}'],
])('an annotation that cannot be read says nothing: %s', (_, name, text) => {
  expect(autoscalerFromV1(v1({ [prefix + name]: text }, { targetCPUUtilizationPercentage: 5 })).spec).toEqual({
    scaleTargetRef,
    minReplicas: 1,
    maxReplicas: 5,
    metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 5 } } }],
  });
});

test('annotations of the status belong to the status, those of the spec to the spec', () => {
  const all = { [`${prefix}metrics`]: 'm', [`${prefix}conditions`]: 'c', own: 'yes' };
  const sent = v1({ [`${prefix}metrics`]: 'new', [`${prefix}conditions`]: 'new' });
  copyPart('status', v1(all), sent);
  expect(sent.metadata.annotations).toEqual({ [`${prefix}metrics`]: 'new', [`${prefix}conditions`]: 'c' });
  copyPart('spec', v1(all), sent);
  expect(sent.metadata.annotations).toEqual({ [`${prefix}metrics`]: 'm', [`${prefix}conditions`]: 'c' });
});
