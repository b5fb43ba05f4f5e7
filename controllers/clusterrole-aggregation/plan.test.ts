import { expect, test } from 'vitest';
import type { ClusterRole, PolicyRule } from '../../api/types.ts';
import { planRules } from './plan.ts';

const rule = (resource: string): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: [resource] });
const role = (name: string, labels: Record<string, string>, ...resources: string[]): ClusterRole => ({
  metadata: { name, labels },
  rules: resources.map(rule),
});
const aggregate = (labels: Record<string, string>[], ...resources: string[]): ClusterRole => ({
  ...role('all', { to: 'all' }, ...resources),
  aggregationRule: { clusterRoleSelectors: labels.map((matchLabels) => ({ matchLabels })) },
});

test.each<[string, ClusterRole, ClusterRole[], string[] | undefined]>([
  ['a role without selectors stays', role('all', {}, 'a'), [role('b', { to: 'all' }, 'b')], undefined],
  ['by name', aggregate([{ to: 'all' }]), [role('y', { to: 'all' }, 'y'), role('x', { to: 'all' }, 'x')], ['x', 'y']],
  ['only what is picked', aggregate([{ to: 'all' }]), [role('x', { to: 'other' }, 'x'), role('y', {}, 'y')], undefined],
  ['once', aggregate([{ to: 'all' }]), [role('x', { to: 'all' }, 'x'), role('y', { to: 'all' }, 'x', 'y')], ['x', 'y']],
  [
    'selector by selector',
    aggregate([{ b: '1' }, { a: '1' }]),
    [role('x', { a: '1' }, 'x'), role('y', { b: '1' }, 'y')],
    ['y', 'x'],
  ],
  ['nothing to do', aggregate([{ to: 'all' }], 'x'), [role('x', { to: 'all' }, 'x')], undefined],
  ['what is not picked any more goes', aggregate([{ to: 'all' }], 'x', 'z'), [role('x', { to: 'all' }, 'x')], ['x']],
  ['the last one goes', aggregate([{ to: 'all' }], 'x'), [], []],
  ['roles without rules', aggregate([{ to: 'all' }]), [{ metadata: { name: 'x', labels: { to: 'all' } } }], undefined],
])('%s', (_, subject, others, expected) => {
  expect(planRules(subject, [subject, ...others])).toEqual(expected?.map(rule));
});
