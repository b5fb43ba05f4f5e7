import { describe, expect, test } from 'vitest';
import type { CustomResourceDefinition, DefinitionNames } from '../../api/custom-resource-definition.ts';
import { acceptNames, planStatus } from './status.ts';

const now = '2024-01-01T00:00:00Z';

const definition = (
  asked: DefinitionNames,
  accepted?: DefinitionNames,
  more: Partial<CustomResourceDefinition['metadata']> = {},
  group = 'example.com',
): CustomResourceDefinition => ({
  metadata: { name: `${asked.plural}.${group}`, ...more },
  spec: { group, scope: 'Cluster', names: asked, versions: [] },
  ...(accepted && { status: { acceptedNames: accepted } }),
});

const foos = { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList', shortNames: ['f'] };

describe('names', () => {
  const holder = definition(foos, foos);

  test.each<[string, DefinitionNames, string, string]>([
    [
      'plural',
      { ...foos, plural: 'foo', singular: 'x', kind: 'X', listKind: 'XList', shortNames: [] },
      'PluralConflict',
      '"foo" is already in use',
    ],
    [
      'singular',
      { plural: 'bars', singular: 'f', kind: 'Bar', listKind: 'BarList' },
      'SingularConflict',
      '"f" is already in use',
    ],
    [
      'short names',
      { plural: 'bars', singular: 'bar', kind: 'Bar', listKind: 'BarList', shortNames: ['f', 'foo', 'b'] },
      'ShortNamesConflict',
      '["f" is already in use, "foo" is already in use]',
    ],
    [
      'kind',
      { plural: 'bars', singular: 'bar', kind: 'Foo', listKind: 'BarList' },
      'KindConflict',
      '"Foo" is already in use',
    ],
    [
      'list kind',
      { plural: 'bars', singular: 'bar', kind: 'Bar', listKind: 'FooList' },
      'ListKindConflict',
      '"FooList" is already in use',
    ],
  ])('the %s of another one', (_, asked, reason, message) => {
    const { condition } = acceptNames(definition(asked), [holder, definition(asked)]);
    expect(condition).toEqual({ type: 'NamesAccepted', status: 'False', reason, message });
  });

  test('one that holds its names keeps them', () => {
    expect(acceptNames(holder, [holder])).toEqual({
      names: foos,
      condition: { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    });
  });

  test('are taken within a group only', () => {
    expect(acceptNames(definition(foos, undefined, {}, 'other.com'), [holder]).condition.status).toBe('True');
  });

  test('those that are free are given even when others are not', () => {
    const asked = { plural: 'bars', singular: 'bar', kind: 'Foo', listKind: 'BarList' };
    const { names } = acceptNames(definition(asked), [holder]);
    expect(names).toEqual({ plural: 'bars', singular: 'bar', kind: '', listKind: 'BarList' });
  });
});

describe('conditions', () => {
  const stateOf = (one: CustomResourceDefinition, served: boolean) =>
    planStatus(one, [one], served, now).conditions!.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

  test('established when it is served, and from then on', () => {
    const fresh = definition(foos);
    expect(stateOf(fresh, false)).toEqual(['NamesAccepted True NoConflicts', 'Established False Installing']);
    const established = { ...fresh, status: planStatus(fresh, [fresh], true, now) };
    expect(stateOf(established, true)[1]).toBe('Established True InitialNamesAccepted');
    expect(planStatus(established, [established], false, 'later')).toEqual(established.status);
  });

  test('of a group that belongs to Kubernetes say whether it is approved', () => {
    const approval = (annotation?: string) => {
      const annotations: Record<string, string> =
        annotation === undefined ? {} : { 'api-approved.kubernetes.io': annotation };
      return stateOf(definition(foos, undefined, { annotations }, 'x.k8s.io'), false)[2];
    };
    expect([approval('https://example.com/pr'), approval('unapproved, a test'), approval('what'), approval()]).toEqual([
      'KubernetesAPIApprovalPolicyConformant True ApprovedAnnotation',
      'KubernetesAPIApprovalPolicyConformant False UnapprovedAnnotation',
      'KubernetesAPIApprovalPolicyConformant False InvalidAnnotation',
      'KubernetesAPIApprovalPolicyConformant False MissingAnnotation',
    ]);
  });

  test('of which somebody has left out the time get one, once', () => {
    const one = { ...definition(foos), status: { conditions: [{ type: 'Own', status: 'True' }] } };
    const planned = { ...one, status: planStatus(one, [one], true, now) };
    expect(planned.status.conditions![0]).toEqual({ type: 'Own', status: 'True', lastTransitionTime: now });
    expect(planStatus(planned, [planned], true, 'later')).toEqual(planned.status);
  });
});
