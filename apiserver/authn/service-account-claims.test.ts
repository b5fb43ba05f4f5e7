import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/types.ts';
import { whyNot } from './service-account.ts';
import { readClaims } from './service-account-claims.ts';

const serviceaccount = { name: 'robot', uid: 'r1' };
const claims = (more: object = {}): object => ({ 'kubernetes.io': { namespace: 'n', serviceaccount, ...more } });
const boundTo = (more: object) =>
  readClaims(claims(more) as never, 't').bound.map(({ plural, namespace, name, uid }) => [
    plural,
    namespace,
    name,
    uid,
  ]);

test('a token depends on its account, and on what it is bound to', () => {
  const account = ['serviceaccounts', 'n', 'robot', 'r1'];
  const pod = { name: 'p', uid: 'p1' };
  const node = { name: 'no', uid: 'n1' };
  expect(boundTo({})).toEqual([account]);
  expect(boundTo({ pod, node })).toEqual([account, ['pods', 'n', 'p', 'p1']]);
  expect(boundTo({ node })).toEqual([account, ['nodes', '', 'no', 'n1']]);
  expect(boundTo({ secret: { name: 's', uid: 's1' } })).toEqual([account, ['secrets', 'n', 's', 's1']]);
});

const now = Date.parse('2030-01-01T00:10:00Z');
const deletedAt = (time: string | undefined, uid = 'p1') =>
  ({ metadata: { name: 'p', uid, ...(time && { deletionTimestamp: time }) } }) as KubeObject;

test.each<[string, KubeObject | undefined, string | undefined]>([
  ['is there', deletedAt(undefined), undefined],
  ['is going', deletedAt('2030-01-01T00:09:30Z'), undefined],
  ['should have gone', deletedAt('2030-01-01T00:08:59Z'), 'service account token has been invalidated'],
  ['is not there', undefined, 'service account token has been invalidated'],
  ['is another', deletedAt(undefined, 'p2'), 'pod UID (p2) does not match service account pod ref claim (p1)'],
])('a token of a pod that %s', (_, object, expected) => {
  const [, pod] = readClaims(claims({ pod: { name: 'p', uid: 'p1' } }) as never, 't').bound;
  expect(whyNot(pod!, object, now)).toBe(expected);
});
