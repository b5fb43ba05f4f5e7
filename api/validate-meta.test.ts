import { describe, expect, test } from 'vitest';
import type { ObjectMeta } from './types.ts';
import { validateObjectMeta } from './validate-meta.ts';

const good: ObjectMeta = { name: 'a', namespace: 'default', uid: 'u', creationTimestamp: '2024-01-01T00:00:00Z' };
const errors = (meta: ObjectMeta, old?: ObjectMeta, kind: object = {}) =>
  validateObjectMeta({ namespaced: true, ...kind }, { metadata: meta }, old && { metadata: old }).map(
    (e) => `${e.field}: ${e.message}`,
  );

describe('metadata', () => {
  test('a good one', () => expect(errors(good, good)).toEqual([]));

  test.each<[change: ObjectMeta, error: string]>([
    [{ name: '' }, 'metadata.name: Required value: name or generateName is required'],
    [{ name: 'A' }, 'metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain must'],
    [{ generateName: '-' }, 'metadata.generateName: Invalid value: "-": a lowercase RFC 1123 subdomain'],
    [{ namespace: '' }, 'metadata.namespace: Required value'],
    [{ namespace: 'a.b' }, 'metadata.namespace: Invalid value: "a.b": a lowercase RFC 1123 label'],
    [{ labels: { 'a b': 'c' } }, 'metadata.labels: Invalid value: "a b": name part must consist'],
    [{ labels: { a: '-' } }, 'metadata.labels: Invalid value: "-": a valid label must be'],
    [{ annotations: { '/a': '' } }, 'metadata.annotations: Invalid value: "/a": prefix part must be non-empty'],
    [
      { annotations: { a: 'x'.repeat(256 * 1024) } },
      'metadata.annotations: Too long: may not be more than 262144 bytes',
    ],
    [
      { finalizers: ['x'] },
      'metadata.finalizers[0]: Invalid value: "x": name is neither a standard finalizer name nor is it fully qualified',
    ],
    [{ generation: -1 }, 'metadata.generation: Invalid value: -1: must be greater than or equal to 0'],
    [
      { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid: '' }] },
      'metadata.ownerReferences[0].uid: Invalid value: "": must not be empty',
    ],
  ])('%j', (change, error) => {
    expect(errors({ ...good, ...change })[0]).toContain(error);
  });

  test.each<[change: ObjectMeta, error: string]>([
    [{ uid: 'v' }, 'metadata.uid: Invalid value: "v": field is immutable'],
    [{ name: 'b' }, 'metadata.name: Invalid value: "b": field is immutable'],
    [
      { creationTimestamp: '2025-01-01T00:00:00Z' },
      'metadata.creationTimestamp: Invalid value: "2025-01-01T00:00:00Z": field is immutable',
    ],
  ])('an update may not change %j', (change, error) => {
    expect(errors({ ...good, ...change }, good)).toEqual([error]);
  });

  test('what is being deleted takes no new finalizers', () => {
    const old = { ...good, deletionTimestamp: '2024-01-01T00:00:00Z', finalizers: ['a.b/c'] };
    expect(errors({ ...old, finalizers: [] }, old)).toEqual([]);
    expect(errors({ ...old, finalizers: ['a.b/c', 'a.b/d'] }, old)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/d"}',
    ]);
  });

  test('cluster-scoped objects have no namespace; kinds have name rules', () => {
    expect(errors(good, undefined, { namespaced: false })).toEqual([
      'metadata.namespace: Forbidden: not allowed on this type',
    ]);
    expect(errors({ ...good, name: '1a' }, undefined, { nameRule: 'dns-1035-label' })).toHaveLength(1);
    expect(errors({ ...good, name: 'system:x' }, undefined, { nameRule: 'path-segment' })).toEqual([]);
  });

  test('one controller at most', () => {
    const owner = { apiVersion: 'v1', kind: 'Pod', uid: 'u', controller: true };
    expect(
      errors({
        ...good,
        ownerReferences: [
          { ...owner, name: 'p' },
          { ...owner, name: 'q' },
        ],
      })[0],
    ).toContain('Only one reference can have Controller set to true. Found "true" in references for Pod/p and Pod/q');
  });
});
