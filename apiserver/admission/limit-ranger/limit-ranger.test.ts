import { describe, expect, test } from 'vitest';
import type { LimitRange, PersistentVolumeClaim, Pod, PodSpec } from '../../../api/types.ts';
import { claimViolations, podViolations } from './constraints.ts';
import { setDefaultResources } from './defaults.ts';

type Item = NonNullable<LimitRange['spec']>['limits'][number];
type Quantities = Record<string, string>;

const range = (...limits: Item[]): LimitRange => ({ metadata: {}, spec: { limits } });
const container = (name: string, requests?: Quantities, limits?: Quantities) => ({
  name,
  ...((requests || limits) && { resources: { ...(requests && { requests }), ...(limits && { limits }) } }),
});
const pod = (containers: PodSpec['containers'], spec: Partial<PodSpec> = {}): Pod => ({
  metadata: {},
  spec: { containers, ...spec },
});

describe('defaults', () => {
  const defaults = range({ type: 'Container', default: { memory: '2Gi', cpu: '1' }, defaultRequest: { cpu: '500m' } });

  test('fill in what is not said, also of init containers, and say so', () => {
    const of = pod([container('a', { cpu: '1m' }), container('b')], {
      initContainers: [container('i', {}, { cpu: '2' })],
    });
    setDefaultResources(defaults, of);
    expect(of.spec?.containers.map(({ resources }) => resources)).toEqual([
      { requests: { cpu: '1m' }, limits: { cpu: '1', memory: '2Gi' } },
      { requests: { cpu: '500m' }, limits: { cpu: '1', memory: '2Gi' } },
    ]);
    expect(of.spec?.initContainers?.[0]?.resources).toEqual({
      requests: { cpu: '500m' },
      limits: { cpu: '2', memory: '2Gi' },
    });
    expect(of.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger':
        'LimitRanger plugin set: cpu, memory limit for container a; cpu request for container b; cpu, memory limit for container b; cpu request for init container i; memory limit for init container i',
    });
  });

  test('leave alone what is said, and a range without defaults changes nothing', () => {
    const said = pod([container('a', { cpu: '1' }, { cpu: '1', memory: '1Gi' })]);
    setDefaultResources(defaults, said);
    setDefaultResources(range({ type: 'Container', max: { cpu: '9' } }), said);
    expect(said).toEqual(pod([container('a', { cpu: '1' }, { cpu: '1', memory: '1Gi' })]));
  });
});

describe('containers', () => {
  const of = (item: Omit<Item, 'type'>, requests: Quantities, limits: Quantities) =>
    podViolations(range({ type: 'Container', ...item }), pod([container('c', requests, limits)]));

  test.each<[Omit<Item, 'type'>, Quantities, Quantities, string[]]>([
    [{ min: { cpu: '100m' } }, { cpu: '0.1' }, {}, []],
    [{ min: { cpu: '100m' } }, { cpu: '99m' }, {}, ['minimum cpu usage per Container is 100m, but request is 99m']],
    [
      { min: { cpu: '100m' } },
      { cpu: '100m' },
      { cpu: '50m' },
      ['minimum cpu usage per Container is 100m, but limit is 50m'],
    ],
    [{ min: { cpu: '100m' } }, {}, {}, ['minimum cpu usage per Container is 100m.  No request is specified']],
    [{ max: { cpu: '1' } }, {}, { cpu: '1000m' }, []],
    [{ max: { cpu: '1' } }, {}, { cpu: '1001m' }, ['maximum cpu usage per Container is 1, but limit is 1001m']],
    [{ max: { cpu: '1' } }, { cpu: '2' }, { cpu: '1' }, ['maximum cpu usage per Container is 1, but request is 2']],
    [{ max: { cpu: '1' } }, { cpu: '1' }, {}, ['maximum cpu usage per Container is 1.  No limit is specified']],
    [{ maxLimitRequestRatio: { cpu: '1.5' } }, { cpu: '2' }, { cpu: '3' }, []],
    [
      { maxLimitRequestRatio: { cpu: '1.5' } },
      { cpu: '3' },
      { cpu: '5' },
      ['cpu max limit to request ratio per Container is 1500m, but provided ratio is 1.666667'],
    ],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { cpu: '0' },
      { cpu: '5' },
      ['cpu max limit to request ratio per Container is 2, but no request is specified or request is 0'],
    ],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { cpu: '1' },
      {},
      ['cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0'],
    ],
  ])('%j of requests %j and limits %j: %j', (item, requests, limits, expected) =>
    expect(of(item, requests, limits)).toEqual(expected),
  );

  test('init containers count like others', () => {
    const init = pod([], { initContainers: [container('i', {}, { cpu: '2' })] });
    expect(podViolations(range({ type: 'Container', max: { cpu: '1' } }), init)).toHaveLength(1);
  });
});

test('a pod counts as a whole, without its overhead', () => {
  const limits = range({ type: 'Pod', max: { cpu: '2' } });
  const one = container('a', {}, { cpu: '1' });
  const overhead = { cpu: '1' };
  expect(podViolations(limits, pod([one, { ...one, name: 'b' }], { overhead }))).toEqual([]);
  expect(podViolations(limits, pod([one, one], { initContainers: [{ ...one, restartPolicy: 'Always' }] }))).toEqual([
    'maximum cpu usage per Pod is 2, but limit is 3',
  ]);
  expect(podViolations(limits, pod([one, one, one], { resources: { limits: { cpu: '2' } } }))).toEqual([]);
});

test('of claims only what they request counts', () => {
  const limits = range({ type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } });
  const claim = (storage?: string): PersistentVolumeClaim => ({
    metadata: {},
    spec: { resources: { requests: storage ? { storage } : {} } },
  });
  expect(claimViolations(limits, claim('2Gi'))).toEqual([]);
  expect(claimViolations(limits, claim())).toEqual([
    'minimum storage usage per PersistentVolumeClaim is 1Gi.  No request is specified',
    'maximum storage usage per PersistentVolumeClaim is 2Gi.  No request is specified',
  ]);
});
