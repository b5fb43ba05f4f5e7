import { expect, test } from 'vitest';
import { isPodAvailable, type QosClass, qosClass } from './pods.ts';
import type { Container, Pod } from './types.ts';

type Resources = NonNullable<Container['resources']>;
const pod = (...resources: Resources[]): Pod => ({
  metadata: {},
  spec: { containers: resources.map((r, i) => ({ name: `c${i}`, resources: r })) },
});
const both = { cpu: '1', memory: '1Gi' };

test.each<[QosClass, Resources[]]>([
  ['BestEffort', [{}]],
  ['BestEffort', [{ requests: { cpu: '0' } }]],
  ['BestEffort', [{ requests: { 'example.com/gpu': '1' } }]],
  ['Guaranteed', [{ requests: both, limits: both }]],
  ['Guaranteed', [{ requests: both, limits: { cpu: '1000m', memory: '1024Mi' } }]],
  ['Burstable', [{ requests: both, limits: both }, {}]],
  ['Burstable', [{ requests: { cpu: '500m', memory: '1Gi' }, limits: both }]],
  ['Burstable', [{ requests: { cpu: '1' } }]],
  ['Burstable', [{ requests: { cpu: '1' }, limits: { cpu: '1' } }]],
])('%s: %j', (expected, resources) => {
  expect(qosClass(pod(...resources))).toBe(expected);
});

test('a pod is available when it has been ready for long enough', () => {
  const ready: Pod = {
    metadata: {},
    status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2024-01-01T00:00:00Z' }] },
  };
  const at = (seconds: number) => Date.parse('2024-01-01T00:00:00Z') + seconds * 1000;
  expect(isPodAvailable(ready, 0, at(0))).toBe(true);
  expect(isPodAvailable(ready, 10, at(9))).toBe(false);
  expect(isPodAvailable(ready, 10, at(10))).toBe(true);
  expect(isPodAvailable({ metadata: {} }, 0, at(10))).toBe(false);
});
