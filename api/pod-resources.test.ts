import { describe, expect, test } from 'vitest';
import { podLimits, podRequests } from './pod-resources.ts';
import { formatQuantity } from './quantity.ts';
import type { Pod } from './types.ts';

const container = (cpu: string, extra: object = {}) => ({ name: 'c', resources: { requests: { cpu } }, ...extra });
const sidecar = (cpu: string) => container(cpu, { restartPolicy: 'Always' });
const text = (quantities: ReturnType<typeof podRequests>) =>
  Object.fromEntries(Object.entries(quantities).map(([name, quantity]) => [name, formatQuantity(quantity)]));
type Spec = Omit<NonNullable<Pod['spec']>, 'containers'> & { containers?: object[]; initContainers?: object[] };
const pod = (spec: Spec): Pod => ({ metadata: {}, spec: spec as NonNullable<Pod['spec']> });

describe('what a pod asks for', () => {
  test.each<[string, Spec, string | undefined]>([
    ['nothing', { containers: [{ name: 'c' }] }, undefined],
    ['its containers together', { containers: [container('100m'), container('1')] }, '1100m'],
    ['an init container that needs more', { containers: [container('1')], initContainers: [container('3')] }, '3'],
    [
      'not all init containers at once',
      { containers: [container('1')], initContainers: [container('2'), container('2')] },
      '2',
    ],
    ['sidecars run with the rest', { containers: [container('1')], initContainers: [sidecar('500m')] }, '1500m'],
    [
      'an init container runs beside the sidecars before it',
      { containers: [container('1')], initContainers: [sidecar('500m'), container('2'), sidecar('4')] },
      '5500m',
    ],
    [
      'the same, when the init container is the most',
      { containers: [], initContainers: [sidecar('1'), container('9')] },
      '10',
    ],
    ['the pod’s own value', { containers: [container('1')], resources: { requests: { cpu: '7' } } }, '7'],
    ['its overhead', { containers: [container('1')], overhead: { cpu: '250m' } }, '1250m'],
  ])('%s', (_, spec, cpu) => expect(text(podRequests(pod(spec)))['cpu']).toBe(cpu));
});

test('overhead adds to a limit, and makes none', () => {
  const limited = { name: 'c', resources: { limits: { cpu: '1' } } };
  const overhead = { cpu: '250m', memory: '1Mi' };
  expect(text(podLimits(pod({ containers: [limited], overhead })))).toEqual({ cpu: '1250m' });
});

test('defaults count for a container that does not name the resource', () => {
  const of = pod({ containers: [container('1'), { name: 'd' }] });
  expect(text(podRequests(of, { defaults: { cpu: '100m', memory: '200Mi' } }))).toEqual({
    cpu: '1100m',
    memory: '400Mi',
  });
});

describe('while a pod is resized', () => {
  const resized = (conditions: object[]) =>
    ({
      metadata: {},
      spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1' } } }] },
      status: {
        conditions,
        containerStatuses: [
          {
            name: 'c',
            resources: { requests: { cpu: '2', memory: '512Mi' }, limits: { cpu: '2' } },
            allocatedResources: { cpu: '3' },
          },
        ],
      },
    }) as unknown as Pod;
  const infeasible = { type: 'PodResizePending', status: 'True', reason: 'Infeasible' };
  const options = { useStatus: true };

  test('it uses what it has or what it asks for, whatever is more', () => {
    expect(text(podRequests(resized([]), options))).toEqual({ cpu: '3', memory: '1Gi' });
    expect(text(podLimits(resized([]), options))).toEqual({ cpu: '2' });
    expect(text(podRequests(resized([])))).toEqual({ cpu: '1', memory: '1Gi' });
  });

  test('what cannot be is not counted', () => {
    expect(text(podRequests(resized([infeasible]), options))).toEqual({ cpu: '3', memory: '512Mi' });
  });
});
