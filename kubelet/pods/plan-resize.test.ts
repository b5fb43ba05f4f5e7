import { describe, expect, test } from 'vitest';
import type { Container, Pod } from '../../api/types.ts';
import type { LinuxResources } from '../runtime/runtime.ts';
import { container, observed, pod, ran } from './fixtures.ts';
import { planResize, reportedResources } from './plan-resize.ts';

const memoryCapacity = 8 * 2 ** 30;
const allocatable = { cpu: '2', memory: '8Gi' };
const resources = { requests: { cpu: '100m', memory: '64Mi' }, limits: { cpu: '200m', memory: '128Mi' } };
const asSpecified: LinuxResources = {
  cpuShares: 102,
  cpuQuota: 20_000,
  cpuPeriod: 100_000,
  memoryLimitBytes: 128 * 2 ** 20,
};

const podOf = (more: Partial<Container> = {}): Pod => pod({ containers: [container('app', { resources, ...more })] });
const plan = (of: Pod, actual: LinuxResources) =>
  planResize(of, observed([ran('app', { resources: actual })]), memoryCapacity, allocatable);

describe('a container', () => {
  test('with the resources of its spec is left alone', () => {
    expect(plan(podOf(), asSpecified)).toEqual({ actions: [], condition: undefined });
  });

  test('with others is given those of its spec', () => {
    expect(plan(podOf(), { ...asSpecified, cpuQuota: 10_000 })).toMatchObject({
      actions: [{ resources: asSpecified, restart: false }],
      condition: { type: 'PodResizeInProgress', status: 'True' },
    });
  });

  test('starts again only for the resource that it says so of', () => {
    const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
    const [cpu, memory] = [
      { ...asSpecified, cpuShares: 2 },
      { ...asSpecified, memoryLimitBytes: 1 },
    ];
    expect(plan(podOf({ resizePolicy }), cpu).actions).toMatchObject([{ restart: false }]);
    expect(plan(podOf({ resizePolicy }), memory).actions).toMatchObject([{ restart: true }]);
  });

  test('that asks for more than the node has waits', () => {
    const more = podOf({ resources: { requests: { cpu: '3', memory: '64Mi' } } });
    expect(plan(more, asSpecified)).toEqual({
      actions: [],
      condition: {
        type: 'PodResizePending',
        status: 'True',
        reason: 'Infeasible',
        message: "Node didn't have enough capacity: cpu, requested: 3, capacity: 2",
      },
    });
  });

  test('that does not run is not resized', () => {
    expect(planResize(podOf(), observed([ran('app', { exited: 0 })]), memoryCapacity, allocatable).actions).toEqual([]);
  });
});

describe('the status', () => {
  const reported = (actual: LinuxResources) =>
    reportedResources(podOf(), podOf().spec!.containers[0]!, ran('app', { resources: actual }), memoryCapacity);

  test('has the words of the spec where they are true', () => {
    expect(reported(asSpecified)).toEqual({ resources, allocatedResources: resources.requests });
  });

  test('has the runtime’s numbers until they are', () => {
    expect(reported({ cpuShares: 512, cpuQuota: 50_000, cpuPeriod: 100_000, memoryLimitBytes: 2 ** 20 })).toEqual({
      resources: { requests: { cpu: '500m', memory: '64Mi' }, limits: { cpu: '500m', memory: '1048576' } },
      allocatedResources: resources.requests,
    });
  });
});
