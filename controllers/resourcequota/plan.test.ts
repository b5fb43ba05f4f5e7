import { describe, expect, test } from 'vitest';
import { evaluatorOf } from '../../api/quota/counted-kinds.ts';
import type { Pod, ResourceQuota } from '../../api/types.ts';
import { isToBeCalculated, planStatus } from './plan.ts';

const quota = (hard: Record<string, string>, more: Partial<ResourceQuota> = {}): ResourceQuota => ({
  metadata: { name: 'q' },
  spec: { hard },
  ...more,
});
const pod = (cpu: string, phase = 'Running', spec: object = {}): Pod => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }], ...spec },
  status: { phase },
});
const pods = (...objects: Pod[]) => ({ evaluator: evaluatorOf({ group: '', plural: 'pods' }), objects });
const number = (plural: string, objects: number) => ({ evaluator: evaluatorOf({ group: '', plural }), objects });

describe('the status', () => {
  test('counts pods by what they use, and others by their number', () => {
    const counted = [pods(pod('250m'), pod('1'), pod('5', 'Failed')), number('secrets', 3)];
    const hard = { pods: '5', 'count/pods': '9', 'requests.cpu': '2', 'limits.cpu': '2', secrets: '9' };
    expect(planStatus(quota(hard), counted, 0)).toEqual({
      hard,
      used: { pods: '2', 'count/pods': '3', 'requests.cpu': '1250m', 'limits.cpu': '0', secrets: '3' },
    });
  });

  test('counts only what is in the scopes', () => {
    const scopes = ['Terminating'];
    const counted = [pods(pod('1'), pod('1', 'Running', { activeDeadlineSeconds: 1 })), number('secrets', 3)];
    const of = quota({}, { spec: { hard: { pods: '5', secrets: '5' }, scopes } });
    expect(planStatus(of, counted, 0)?.used).toEqual({ pods: '1', secrets: '0' });
  });

  test('stays when it is right, and forgets what is limited no longer', () => {
    const hard = { secrets: '5' };
    const right = quota(hard, { status: { hard, used: { secrets: '3' } } });
    expect(planStatus(right, [number('secrets', 3)], 0)).toBeUndefined();
    expect(planStatus(right, [number('secrets', 2)], 0)?.used).toEqual({ secrets: '2' });
    const more = quota(hard, { status: { hard: { ...hard, pods: '1' }, used: { secrets: '3', pods: '1' } } });
    expect(planStatus(more, [number('secrets', 3)], 0)).toEqual({ hard, used: { secrets: '3' } });
  });

  test('says nothing of a kind that there is not', () => {
    expect(planStatus(quota({ 'count/widgets.example.com': '5' }), [], 0)?.used).toEqual({});
  });
});

test('a quota is calculated because of its own changes only when they are in what it limits', () => {
  const hard = { pods: '1' };
  const counted = quota(hard, { status: { hard, used: { pods: '0' } } });
  expect(isToBeCalculated(counted, undefined)).toBe(true);
  expect(isToBeCalculated(counted, { ...counted, status: { hard, used: { pods: '1' } } })).toBe(false);
  expect(isToBeCalculated(counted, quota({ pods: '2' }))).toBe(true);
  expect(isToBeCalculated(quota(hard, { status: {} }), quota(hard, { status: {} }))).toBe(true);
});
