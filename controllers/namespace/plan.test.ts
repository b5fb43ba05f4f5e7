import { describe, expect, test } from 'vitest';
import { isEmpty, planConditions, type Sweep, waitMs } from './plan.ts';

const clean: Sweep = { remainders: [], deletionErrors: [] };
const busy: Sweep = {
  remainders: [
    { resource: { group: '', plural: 'pods' }, count: 2, finalizers: { 'example.com/hold': 1 }, graceSeconds: 30 },
    {
      resource: { group: 'apps', plural: 'deployments' },
      count: 1,
      finalizers: { 'example.com/hold': 1 },
      graceSeconds: 0,
    },
  ],
  deletionErrors: [],
};
const time = '2030-01-01T00:00:00Z';
const summary = (sweep: Sweep) =>
  planConditions(undefined, sweep, time).map(({ status, reason, message }) => `${status} ${reason}: ${message}`);

test('a clean sweep lets the namespace go', () => {
  expect(isEmpty(clean)).toBe(true);
  expect(summary(clean)).toEqual([
    'False ResourcesDiscovered: All resources successfully discovered',
    'False ParsedGroupVersions: All legacy kube types successfully parsed',
    'False ContentDeleted: All content successfully deleted, may be waiting on finalization',
    'False ContentRemoved: All content successfully removed',
    'False ContentHasNoFinalizers: All content-preserving finalizers finished',
  ]);
});

describe('what holds a namespace', () => {
  test.each<[string, Sweep, string]>([
    [
      'objects',
      busy,
      'True SomeResourcesRemain: Some resources are remaining: deployments.apps. has 1 resource instances, pods. has 2 resource instances',
    ],
    [
      'finalizers',
      busy,
      'True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances',
    ],
    ['discovery', { ...clean, discoveryError: 'no answer' }, 'True DiscoveryFailed: no answer'],
    [
      'errors',
      { ...clean, deletionErrors: ['b', 'a'] },
      'True ContentDeletionFailed: Failed to delete all resource types, 2 remaining: a, b',
    ],
  ])('%s', (_, sweep, text) => {
    expect(isEmpty(sweep)).toBe(false);
    expect(summary(sweep)).toContain(text);
  });
});

test('it is looked at again halfway through the longest grace period', () => {
  expect([waitMs(clean), waitMs(busy)]).toEqual([1000, 16_000]);
});
