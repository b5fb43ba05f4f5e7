import { describe, expect, test } from 'vitest';
import { evaluatorOf } from '../../../api/quota/counted-kinds.ts';
import type { KubeObject, ResourceQuota, Service } from '../../../api/types.ts';
import { planCharge } from './charge.ts';

const quota = (name: string, hard: Record<string, string>, used: Record<string, string>, spec: object = {}) =>
  ({ metadata: { name }, spec: { hard, ...spec }, status: { hard, used } }) as ResourceQuota;
const pod = (requests: Record<string, string> = {}, spec: object = {}): KubeObject =>
  ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', resources: { requests } }], ...spec } }) as KubeObject;
const service = (type: string, ports: number): KubeObject =>
  ({ metadata: { name: 's' }, spec: { type, ports: Array.from({ length: ports }, () => ({})) } }) as Service;

const plan = (plural: string, quotas: ResourceQuota[], object: KubeObject, old?: KubeObject, subresource = '') =>
  planCharge(
    evaluatorOf({ group: '', plural }),
    quotas,
    { operation: old ? 'update' : 'create', subresource, object, old },
    0,
  );
const usedAfter = (...asked: Parameters<typeof plan>) => {
  const planned = plan(...asked);
  if (planned.do === 'refuse') return planned.why;
  return Object.fromEntries(planned.quotas.map(({ metadata, status }) => [metadata.name, status?.used]));
};

describe('a create', () => {
  test('is charged to every quota that counts it, and changes no other figure', () => {
    const quotas = [
      quota('a', { pods: '5', secrets: '1' }, { pods: '1', secrets: '1' }),
      quota('b', { 'requests.cpu': '1' }, { 'requests.cpu': '250m' }),
      quota('c', { services: '1' }, { services: '0' }),
    ];
    expect(usedAfter('pods', quotas, pod({ cpu: '500m' }))).toEqual({
      a: { pods: '2', secrets: '1' },
      b: { 'requests.cpu': '750m' },
    });
  });

  test('may use just what is left', () => {
    expect(usedAfter('pods', [quota('a', { pods: '2' }, { pods: '1' })], pod())).toEqual({ a: { pods: '2' } });
  });

  test('is refused with all that it exceeds, in order', () => {
    const hard = { pods: '2', 'requests.cpu': '1', 'requests.memory': '1Gi' };
    const full = quota('full', hard, { pods: '2', 'requests.cpu': '1', 'requests.memory': '0' });
    expect(usedAfter('pods', [full], pod({ cpu: '0.5', memory: '1Mi' }))).toBe(
      'exceeded quota: full, requested: pods=1,requests.cpu=500m, used: pods=2,requests.cpu=1, limited: pods=2,requests.cpu=1',
    );
  });

  test('is refused before the quota has been counted', () => {
    const unknown = quota('new', { pods: '2', 'count/pods': '2' }, { pods: '1' });
    expect(usedAfter('pods', [unknown], pod())).toBe('status unknown for quota: new, resources: count/pods,pods');
  });

  test('is refused when it leaves out what is limited', () => {
    expect(usedAfter('pods', [quota('a', { 'limits.cpu': '1' }, { 'limits.cpu': '0' })], pod())).toBe(
      'failed quota: a: must specify limits.cpu for: c',
    );
  });

  test('costs a quota nothing that does not have it in its scope', () => {
    const scoped = quota('ending', { pods: '1' }, { pods: '1' }, { scopes: ['Terminating'] });
    expect(usedAfter('pods', [scoped], pod())).toEqual({});
    expect(usedAfter('pods', [scoped], pod({}, { activeDeadlineSeconds: 1 }))).toContain('exceeded quota: ending');
    const wrongKind = quota('services', { services: '1' }, { services: '1' }, { scopes: ['Terminating'] });
    expect(usedAfter('services', [wrongKind], service('ClusterIP', 1))).toEqual({});
  });

  test('a quota that is overrun already refuses only what would use more', () => {
    const lowered = quota('low', { pods: '1', 'requests.cpu': '1' }, { pods: '0', 'requests.cpu': '5' });
    expect(usedAfter('pods', [lowered], pod({ cpu: '0' }))).toEqual({ low: { pods: '1', 'requests.cpu': '5' } });
  });
});

describe('an update', () => {
  const ports = quota('a', { services: '1', 'services.nodeports': '2' }, { services: '1', 'services.nodeports': '1' });

  test('is charged what it adds', () => {
    expect(usedAfter('services', [ports], service('NodePort', 2), service('NodePort', 1))).toEqual({
      a: { services: '1', 'services.nodeports': '2' },
    });
    expect(usedAfter('services', [ports], service('NodePort', 3), service('NodePort', 1))).toBe(
      'exceeded quota: a, requested: services.nodeports=2, used: services.nodeports=1, limited: services.nodeports=2',
    );
  });

  test('gives nothing back by itself', () => {
    expect(usedAfter('services', [ports], service('ClusterIP', 1), service('NodePort', 1))).toEqual({});
  });

  test('into a scope is charged as a whole', () => {
    const scoped = quota('ending', { pods: '1' }, { pods: '0' }, { scopes: ['Terminating'] });
    expect(usedAfter('pods', [scoped], pod({}, { activeDeadlineSeconds: 1 }), pod())).toEqual({
      ending: { pods: '1' },
    });
  });

  test('of what has been given already is counted, however much it is', () => {
    const storage = quota('a', { 'requests.storage': '1Gi' }, { 'requests.storage': '1Gi' });
    const claim = (given: string) =>
      ({
        metadata: { name: 'c' },
        spec: { resources: { requests: { storage: '1Gi' } } },
        status: { allocatedResources: { storage: given } },
      }) as KubeObject;
    expect(usedAfter('persistentvolumeclaims', [storage], claim('2Gi'), claim('1Gi'), 'status')).toEqual({
      a: { 'requests.storage': '2Gi' },
    });
  });
});
