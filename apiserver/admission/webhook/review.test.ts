import { describe, expect, test } from 'vitest';
import { reviewVersionOf, verdictOf } from './review.ts';

const uid = 'the-uid';
const patch = Buffer.from('[]').toString('base64');

const answer = (response: unknown, more: object = {}) => ({
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  response,
  ...more,
});

test.each([
  [['v1'], 'v1'],
  [['v9', 'v1beta1', 'v1'], 'v1beta1'],
])('of %j, %s is spoken', (versions, spoken) => {
  expect(reviewVersionOf(versions)).toBe(spoken);
});

test('an answer with everything', () => {
  const status = { code: 403, message: 'no', reason: 'Forbidden' };
  const response = { uid, allowed: false, status, warnings: ['a'], auditAnnotations: { b: 'c' } };
  expect(verdictOf(answer({ ...response, patch, patchType: 'JSONPatch' }), 'v1', uid, true)).toEqual({
    allowed: false,
    status,
    patch: '[]',
    patchType: 'JSONPatch',
    warnings: ['a'],
    auditAnnotations: { b: 'c' },
  });
});

test('an answer with no more than must be', () => {
  expect(verdictOf(answer({ uid, allowed: true, status: null, warnings: null }), 'v1', uid, false)).toEqual({
    allowed: true,
    status: undefined,
    patch: undefined,
    patchType: '',
    warnings: [],
    auditAnnotations: {},
  });
  // In v1beta1 nothing says whose answer it is.
  expect(verdictOf({ response: { allowed: true } }, 'v1beta1', uid, false).allowed).toBe(true);
  // Whoever does not say yes says no.
  expect(verdictOf(answer({ uid }), 'v1', uid, false).allowed).toBe(false);
});

describe('answers that are none', () => {
  test.each<[unknown, string]>([
    [null, 'the answer is no object'],
    ['text', 'the answer is no object'],
    [[], 'the answer is no object'],
    [answer(undefined), 'webhook response was absent'],
    [answer([]), 'webhook response was absent'],
    [answer({ allowed: true }), 'expected response.uid="the-uid", got ""'],
    [answer({ uid: 7 }), 'expected response.uid="the-uid", got ""'],
    [answer({ uid }, { kind: 'Pod' }), 'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview'],
    [answer({ uid }, { apiVersion: 'admission.k8s.io/v1beta1' }), 'got admission.k8s.io/v1beta1, Kind=AdmissionReview'],
    [answer({ uid, allowed: 'true' }), 'response.allowed of type bool'],
    [answer({ uid, warnings: 'a' }), 'response.warnings of type []string'],
    [answer({ uid, warnings: [1] }), 'response.warnings of type []string'],
    [answer({ uid, auditAnnotations: { a: 1 } }), 'response.auditAnnotations of type map[string]string'],
    [answer({ uid, status: 'no' }), 'response.status of type v1.Status'],
    [answer({ uid, status: { code: '403' } }), 'response.status of type v1.Status'],
    [answer({ uid, status: { message: {} } }), 'response.status of type v1.Status'],
    [answer({ uid, patch: 7 }), 'response.patch of type []uint8'],
    [answer({ uid, patch }), 'webhook returned response.patch but not response.patchType'],
    [answer({ uid, patchType: 'JSONPatch' }), 'webhook returned response.patchType but not response.patch'],
    [answer({ uid, patch, patchType: '' }), 'webhook returned invalid response.patchType of ""'],
    [answer({ uid, patch: '???', patchType: 'JSONPatch' }), 'illegal base64 data'],
  ])('%j', (given, why) => {
    expect(() => verdictOf(given, 'v1', uid, true)).toThrow(why);
  });

  test.each([
    [{ patch }, 'validating webhook may not return response.patch'],
    [{ patchType: 'JSONPatch' }, 'validating webhook may not return response.patchType'],
  ])('of a validating webhook: %j', (response, why) => {
    expect(() => verdictOf(answer({ uid, allowed: true, ...response }), 'v1', uid, false)).toThrow(why);
  });
});
