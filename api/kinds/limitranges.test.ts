import { expect, test } from 'vitest';
import { limitranges } from './limitranges.ts';
import { created, createErrors, expectErrors } from './writes.fixture.ts';

const limits = (...items: object[]) => ({ spec: { limits: items } });
const ofContainer = (item: object) => limits({ type: 'Container', ...item });

test.each([
  ['limits come from the most', { max: { cpu: '2' } }, { default: { cpu: '2' }, defaultRequest: { cpu: '2' } }],
  ['requests from limits', { default: { cpu: '1' }, min: { cpu: '100m' } }, { defaultRequest: { cpu: '1' } }],
  ['else from the least', { min: { cpu: '100m' } }, { defaultRequest: { cpu: '100m' } }],
])('defaults of containers: %s', (_, item, expected) => {
  expect(created(limitranges, ofContainer(item))).toMatchObject(limits(expected));
});

test('a pod has no defaults', () => {
  expect(created(limitranges, limits({ type: 'Pod', max: { cpu: '2' } }))['spec']).toEqual({
    limits: [{ type: 'Pod', max: { cpu: '2' } }],
  });
});

test.each<[object, string | undefined]>([
  [ofContainer({ max: { cpu: '2' }, min: { cpu: '1' }, maxLimitRequestRatio: { cpu: '2' } }), undefined],
  [limits({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }), undefined],
  [limits({ type: 'Node' }), 'spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully'],
  [limits({ type: 'Pod' }, { type: 'Pod' }), 'spec.limits[1].type: Duplicate value: "Pod"'],
  [
    limits({ type: 'Pod', default: { cpu: '1' } }),
    "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
  ],
  [
    limits({ type: 'PersistentVolumeClaim' }),
    'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
  ],
  [
    ofContainer({ max: { pods: '1' } }),
    'spec.limits[0].max[pods]: Invalid value: "pods": must be a standard resource for',
  ],
  [
    ofContainer({ min: { cpu: '2' }, max: { cpu: '1' } }),
    'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
  ],
  [
    ofContainer({ default: { cpu: '3' }, max: { cpu: '1' } }),
    'spec.limits[0].default[cpu]: Invalid value: "1": default value 3 is greater than max value 1',
  ],
  [
    ofContainer({ defaultRequest: { cpu: '3' }, default: { cpu: '2' } }),
    'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
  ],
  [
    ofContainer({ min: { cpu: '3' }, defaultRequest: { cpu: '2' } }),
    'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": min value 3 is greater than default request value 2',
  ],
  [ofContainer({ maxLimitRequestRatio: { cpu: '500m' } }), 'Invalid value: "500m": ratio 500m is less than 1'],
  [
    ofContainer({ min: { cpu: '1' }, max: { cpu: '2' }, maxLimitRequestRatio: { cpu: '3' } }),
    'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000',
  ],
  [
    ofContainer({ default: { 'example.com/gpu': '2' }, defaultRequest: { 'example.com/gpu': '1' } }),
    'Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
  ],
])('%# %j: %s', (object, error) => expectErrors(createErrors(limitranges, object), error));
