import { describe, expect, test } from 'vitest';
import type { OwnerReference } from '../../api/types.ts';
import { Graph, type GraphNode } from './graph.ts';
import { type Action, type OwnerState, planItem } from './plan.ts';

const names = { group: '', version: 'v1', kind: 'Pod', plural: 'pods' };
const resource = { ...names, namespaced: true, verbs: [], subresources: [] };
const ref = (uid: string, blockOwnerDeletion = false): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name: uid,
  uid,
  blockOwnerDeletion,
});
interface Options {
  owners?: OwnerReference[];
  finalizers?: string[];
  deleting?: boolean;
}
const item = (uid: string, { owners, finalizers, deleting }: Options = {}): GraphNode => ({
  resource,
  metadata: {
    name: uid,
    uid,
    ...(owners && { ownerReferences: owners }),
    ...(finalizers && { finalizers }),
    ...(deleting && { deletionTimestamp: '2030-01-01T00:00:00Z' }),
  },
});

const none: Action = { type: 'none' };
const remove = (policy: 'Foreground' | 'Background' | 'Orphan', unblock = false): Action => ({
  type: 'delete',
  policy,
  unblock,
});
const states: Record<string, OwnerState> = { here: 'solid', gone: 'absent', leaving: 'waiting' };

describe('an object', () => {
  const child = item('child', { owners: [ref('x')] });
  test.each<[string, GraphNode, GraphNode[], Action]>([
    ['without owners', item('x'), [], none],
    ['whose owner is there', item('x', { owners: [ref('here')] }), [], none],
    ['whose owner is gone', item('x', { owners: [ref('gone')] }), [], remove('Background')],
    [
      'that has another owner',
      item('x', { owners: [ref('gone'), ref('here')] }),
      [],
      { type: 'remove-owners', uids: ['gone'] },
    ],
    [
      'of which one owner waits',
      item('x', { owners: [ref('leaving'), ref('here')] }),
      [],
      { type: 'remove-owners', uids: ['leaving'] },
    ],
    ['whose owner waits, without dependents', item('x', { owners: [ref('leaving')] }), [], remove('Background')],
    ['whose owner waits, with dependents', item('x', { owners: [ref('leaving')] }), [child], remove('Foreground')],
    [
      'in a circle of owners that wait',
      item('x', { owners: [ref('leaving')] }),
      [item('leaving', { owners: [ref('x', true)], deleting: true, finalizers: ['foregroundDeletion'] })],
      remove('Foreground', true),
    ],
    [
      'that is to orphan its dependents',
      item('x', { owners: [ref('gone')], finalizers: ['orphan'] }),
      [],
      remove('Orphan'),
    ],
    ['that is being deleted already', item('x', { owners: [ref('gone')], deleting: true }), [], none],
  ])('%s', (_, which, dependents, action) =>
    expect(planItem(which, dependents, (uid) => states[uid]!)).toEqual(action),
  );
});

describe('an owner that is being deleted', () => {
  const leaving = (finalizer: string) => item('x', { deleting: true, finalizers: ['other', finalizer] });
  const letGo = { type: 'remove-finalizer', finalizer: 'foregroundDeletion' } as const;
  test.each<[string, GraphNode, GraphNode[], Action]>([
    [
      'in the foreground, with dependents',
      leaving('foregroundDeletion'),
      [item('c', { owners: [ref('x', true)] })],
      { type: 'wait-for-dependents' },
    ],
    ['with dependents that do not block it', leaving('foregroundDeletion'), [item('c', { owners: [ref('x')] })], letGo],
    ['without dependents', leaving('foregroundDeletion'), [], letGo],
    ['orphaning', leaving('orphan'), [item('c', { owners: [ref('x')] })], { type: 'orphan-dependents' }],
  ])('%s', (_, which, dependents, action) => expect(planItem(which, dependents, () => 'solid')).toEqual(action));
});

test('the graph knows the dependents of owners that it has not seen', () => {
  const graph = new Graph();
  graph.set(item('a', { owners: [ref('owner')] }));
  graph.set(item('b', { owners: [ref('owner'), ref('other')] }));
  const dependents = (uid: string) => graph.dependentsOf(uid).map(({ metadata }) => metadata.uid);
  expect(dependents('owner')).toEqual(['a', 'b']);
  graph.set(item('b', { owners: [ref('other')] }));
  expect([dependents('owner'), dependents('other')]).toEqual([['a'], ['b']]);
  graph.delete('a');
  expect([dependents('owner'), graph.get('a'), graph.size]).toEqual([[], undefined, 1]);
});
