import { describe, expect, test } from 'vitest';
import type { AnyKind } from '../../api/kinds/all.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { jobs } from '../../api/kinds/jobs.ts';
import { namespaces } from '../../api/kinds/namespaces.ts';
import { pods } from '../../api/kinds/pods.ts';
import type { KubeObject } from '../../api/types.ts';
import { type DeleteOptions, planDeletion } from './deletion.ts';
import { resourceOf } from './resource.ts';

const now = new Date('2026-01-01T00:00:00Z');

const plan = (kind: unknown, object: object, options: DeleteOptions = {}) =>
  planDeletion(resourceOf(kind as AnyKind), { metadata: { name: 'x' }, ...object } as KubeObject, options, now);

/** `+30` says when it is due and `30` the grace period; `removed` or `kept` what follows. */
function outcome(kind: unknown, object: object, options?: DeleteOptions): string {
  const decided = plan(kind, object, options);
  if (decided.do !== 'mark') return decided.do;
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = decided.object.metadata;
  const due = (Date.parse(deletionTimestamp!) - now.getTime()) / 1000;
  const held = finalizers.length > 0 ? ` [${finalizers.join()}]` : '';
  return `due ${due} grace ${deletionGracePeriodSeconds}${held} ${decided.thenRemove ? 'removed' : 'kept'}`;
}

const scheduled = { spec: { nodeName: 'n' } };
const deleting = (seconds: number, grace: number, finalizers?: string[]) => ({
  ...scheduled,
  metadata: {
    name: 'x',
    deletionTimestamp: new Date(now.getTime() + seconds * 1000).toISOString(),
    deletionGracePeriodSeconds: grace,
    ...(finalizers && { finalizers }),
  },
});
const held = (...finalizers: string[]) => ({ metadata: { name: 'x', finalizers } });

describe('pods', () => {
  test.each<[string, object, DeleteOptions, string]>([
    ['on no node', { spec: {} }, {}, 'due 0 grace 0 removed'],
    ['on no node, whatever is asked', { spec: {} }, { gracePeriodSeconds: 60 }, 'due 0 grace 0 removed'],
    ['finished', { spec: { nodeName: 'n' }, status: { phase: 'Succeeded' } }, {}, 'due 0 grace 0 removed'],
    ['running', scheduled, {}, 'due 30 grace 30 kept'],
    ['running, own period', { spec: { nodeName: 'n', terminationGracePeriodSeconds: 5 } }, {}, 'due 5 grace 5 kept'],
    ['running, period asked for', scheduled, { gracePeriodSeconds: 7 }, 'due 7 grace 7 kept'],
    ['running, negative', scheduled, { gracePeriodSeconds: -1 }, 'due 1 grace 1 kept'],
    ['running, by force', scheduled, { gracePeriodSeconds: 0 }, 'due 0 grace 0 removed'],
    ['by force, but held', { ...held('a/b'), ...scheduled }, { gracePeriodSeconds: 0 }, 'due 0 grace 0 [a/b] kept'],
    ['again', deleting(30, 30), {}, 'nothing'],
    ['again, longer', deleting(30, 30), { gracePeriodSeconds: 60 }, 'nothing'],
    ['again, shorter', deleting(30, 30), { gracePeriodSeconds: 10 }, 'due 10 grace 10 kept'],
    ['the kubelet is done', deleting(20, 30), { gracePeriodSeconds: 0 }, 'due -10 grace 0 removed'],
    [
      'the kubelet is done, but held',
      deleting(20, 30, ['a/b']),
      { gracePeriodSeconds: 0 },
      'due -10 grace 0 [a/b] kept',
    ],
    ['again, while held', deleting(-10, 0, ['a/b']), { gracePeriodSeconds: 0 }, 'nothing'],
  ])('%s', (_name, object, options, expected) => {
    expect(outcome(pods, object, options)).toBe(expected);
  });
});

describe('kinds without a grace period', () => {
  test.each<[string, object, DeleteOptions, string]>([
    ['free', {}, {}, 'remove'],
    ['free, in the background', {}, { propagationPolicy: 'Background' }, 'remove'],
    ['held', held('a/b'), {}, 'due 0 grace 0 [a/b] kept'],
    ['foreground', {}, { propagationPolicy: 'Foreground' }, 'due 0 grace 0 [foregroundDeletion] kept'],
    ['orphan', {}, { propagationPolicy: 'Orphan' }, 'due 0 grace 0 [orphan] kept'],
    ['orphan, the old way', {}, { orphanDependents: true }, 'due 0 grace 0 [orphan] kept'],
    ['background after foreground', held('foregroundDeletion'), { propagationPolicy: 'Background' }, 'remove'],
    ['nothing said keeps what is', held('orphan'), {}, 'due 0 grace 0 [orphan] kept'],
  ])('%s', (_name, object, options, expected) => {
    expect(outcome(configmaps, object, options)).toBe(expected);
  });
});

describe('kinds that leave their dependents by default', () => {
  test.each<[string, object, DeleteOptions, string]>([
    ['nothing said', {}, {}, 'due 0 grace 0 [orphan] kept'],
    ['in the background', {}, { propagationPolicy: 'Background' }, 'remove'],
    ['the old way', {}, { orphanDependents: false }, 'remove'],
    ['after foreground', held('foregroundDeletion'), {}, 'due 0 grace 0 [foregroundDeletion] kept'],
  ])('%s', (_name, object, options, expected) => {
    expect(outcome(jobs, object, options)).toBe(expected);
  });
});

test('a namespace is held by the finalizers in its spec, and says so in its status', () => {
  const decided = plan(namespaces, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
  expect(decided).toMatchObject({ do: 'mark', thenRemove: false, object: { status: { phase: 'Terminating' } } });
  expect(plan(namespaces, { spec: {} }).do).toBe('remove');
});

test('the stored object is not touched, and its generation rises once', () => {
  const stored = { metadata: { name: 'x', generation: 3 }, ...scheduled };
  const before = structuredClone(stored);
  const decided = plan(pods, stored);
  expect(stored).toEqual(before);
  expect(decided.do === 'mark' && decided.object.metadata.generation).toBe(4);
  const again = plan(
    pods,
    { ...deleting(30, 30), metadata: { ...deleting(30, 30).metadata, generation: 4 } },
    { gracePeriodSeconds: 1 },
  );
  expect(again.do === 'mark' && again.object.metadata.generation).toBe(4);
});
