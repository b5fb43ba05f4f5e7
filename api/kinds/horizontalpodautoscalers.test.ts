import { describe, expect, test } from 'vitest';
import { horizontalpodautoscalers } from './horizontalpodautoscalers.ts';
import { horizontalpodautoscalersV1 } from './horizontalpodautoscalers-v1.ts';
import { cellsOf, created, createErrors, expectErrors, statusErrors, updateErrors } from './writes.fixture.ts';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const autoscaler = (spec: object = {}) => ({ spec: { scaleTargetRef, maxReplicas: 5, ...spec } });
const cpu = (target: object) => ({ type: 'Resource', resource: { name: 'cpu', target } });
const cpu80 = cpu({ type: 'Utilization', averageUtilization: 80 });
const hits = (target: object) => ({ type: 'Pods', pods: { metric: { name: 'hits' }, target } });
const average = { type: 'AverageValue', averageValue: '5' };
const metrics = (...list: object[]) => autoscaler({ metrics: list });

describe('defaults', () => {
  test('one replica at least, 80 % of the CPU, and no behavior', () => {
    expect(created(horizontalpodautoscalers, autoscaler()).spec).toEqual({
      scaleTargetRef,
      minReplicas: 1,
      maxReplicas: 5,
      metrics: [cpu80],
    });
  });

  test('a behavior that says something is completed', () => {
    const { spec } = created(
      horizontalpodautoscalers,
      autoscaler({ behavior: { scaleDown: { selectPolicy: 'Min' } } }),
    );
    const doubling = { type: 'Percent', value: 100, periodSeconds: 15 };
    expect((spec as { behavior: object }).behavior).toEqual({
      scaleUp: {
        selectPolicy: 'Max',
        stabilizationWindowSeconds: 0,
        policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }, doubling],
      },
      scaleDown: { selectPolicy: 'Min', policies: [doubling] },
    });
  });
});

const up = (rules: object) => autoscaler({ behavior: { scaleUp: rules } });

test.each<[object, string | undefined]>([
  [autoscaler(), undefined],
  [metrics(cpu80, hits(average)), undefined],
  [autoscaler({ minReplicas: 0 }), 'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1'],
  [autoscaler({ maxReplicas: 0 }), 'spec.maxReplicas: Invalid value: 0: must be greater than 0'],
  [
    autoscaler({ minReplicas: 6 }),
    'spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`',
  ],
  [autoscaler({ scaleTargetRef: { kind: '', name: 'a' } }), 'spec.scaleTargetRef.kind: Required value'],
  [
    autoscaler({ scaleTargetRef: { kind: 'A', name: 'a/b' } }),
    `spec.scaleTargetRef.name: Invalid value: "a/b": may not`,
  ],
  [metrics({}), 'spec.metrics[0].type: Required value: must specify a metric source type'],
  [
    metrics({ type: 'Odd' }),
    'spec.metrics[0].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
  ],
  [
    metrics({ type: 'Pods' }),
    'spec.metrics[0].pods: Required value: must populate information for the given metric source',
  ],
  [
    metrics({ ...cpu80, ...hits(average), type: 'Pods' }),
    'spec.metrics[0].resource: Forbidden: must populate the given metric source only',
  ],
  [
    metrics(hits({ type: 'Value', value: '1' })),
    'spec.metrics[0].pods.target.averageValue: Required value: must specify',
  ],
  [
    metrics(hits({ type: 'AverageValue', averageValue: '-1' })),
    'spec.metrics[0].pods.target.averageValue: Invalid value: "-1": must be positive',
  ],
  [metrics(cpu({ type: 'Much' })), 'spec.metrics[0].resource.target.type: Invalid value: "Much": must be either'],
  [
    metrics(cpu({ ...average, averageUtilization: 5 })),
    'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both',
  ],
  [
    metrics(cpu({ type: 'Utilization', averageUtilization: 0 })),
    'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
  ],
  [
    metrics({ type: 'ContainerResource', containerResource: { name: 'cpu', target: average } }),
    'spec.metrics[0].containerResource.container: Required value: must specify a container',
  ],
  [
    metrics({ type: 'External', external: { metric: { name: '' }, target: { type: 'Value', value: '1' } } }),
    'spec.metrics[0].external.metric.name: Required value: must specify a metric name',
  ],
  [
    up({ stabilizationWindowSeconds: 3601 }),
    'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
  ],
  [up({ policies: [] }), 'spec.behavior.scaleUp.policies: Required value: must specify at least one Policy'],
  [up({ selectPolicy: 'Any' }), 'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Any"'],
  [
    up({ policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] }),
    'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
  ],
])('%j', (object, error) => {
  expectErrors(createErrors(horizontalpodautoscalers, object), error);
});

test('one that reaches down to nothing may stay so', () => {
  const none = metrics({
    type: 'External',
    external: { metric: { name: 'a' }, target: { type: 'Value', value: '1' } },
  });
  const old = { spec: { ...none.spec, minReplicas: 0 } };
  expect(updateErrors(horizontalpodautoscalers, old, { spec: { ...old.spec, maxReplicas: 9 } })).toEqual([]);
  expectErrors(
    updateErrors(horizontalpodautoscalers, old, { spec: { ...old.spec, metrics: [cpu80] } }),
    'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
  );
});

test('numbers of a status are not negative', () => {
  expect(statusErrors(horizontalpodautoscalers, autoscaler(), { currentReplicas: -1 })).toEqual([
    'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
  ]);
});

test('cells', () => {
  const object = {
    ...metrics(cpu80, hits(average), hits(average)),
    status: { currentReplicas: 2, currentMetrics: [cpu80, hits(average)].map(toStatus) },
  };
  expect(cellsOf(horizontalpodautoscalers, object)).toMatchObject({
    Reference: 'Deployment/web',
    Targets: 'cpu: 12%/80%, 3/5 + 1 more...',
    MinPods: '<unset>',
    MaxPods: 5,
    Replicas: 2,
  });
  expect(cellsOf(horizontalpodautoscalersV1, { spec: { scaleTargetRef, maxReplicas: 5 } })).toMatchObject({
    Targets: 'cpu: <unknown>/80%',
    MinPods: '1',
  });
});

const toStatus = (metric: { type: string }): object =>
  metric.type === 'Pods'
    ? { type: 'Pods', pods: { metric: { name: 'hits' }, current: { averageValue: '3' } } }
    : { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 12 } } };
