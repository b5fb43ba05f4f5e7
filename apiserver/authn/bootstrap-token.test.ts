import { expect, test } from 'vitest';
import type { Secret } from '../../api/types.ts';
import { userOf } from './bootstrap-token.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const good = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  'usage-bootstrap-authentication': 'true',
  'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
  expiration: '2026-01-01T00:00:01Z',
};

const secretOf = (data: Record<string, string>, rest: Partial<Secret> = {}): Secret => ({
  metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
  type: 'bootstrap.kubernetes.io/token',
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  ...rest,
});

const without = (key: keyof typeof good): Record<string, string> => {
  const { [key]: _, ...rest } = good;
  return rest;
};

test('who comes with a good token is a bootstrapper', () => {
  expect(userOf(secretOf(good), '0123456789abcdef', now)).toEqual({
    name: 'system:bootstrap:abcdef',
    groups: ['system:bootstrappers', 'system:bootstrappers:kubeadm:default-node-token', 'system:authenticated'],
  });
});

test('a token without an expiration never ends, and needs no groups', () => {
  const { expiration: _, 'auth-extra-groups': __, ...data } = good;
  expect(userOf(secretOf(data), '0123456789abcdef', now)?.groups).toEqual([
    'system:bootstrappers',
    'system:authenticated',
  ]);
});

test.each<[string, Secret, string]>([
  ['another secret', secretOf(good), '0123456789abcdee'],
  ['a Secret of another type', secretOf(good, { type: 'Opaque' }), '0123456789abcdef'],
  ['a Secret of another name', secretOf(good, { metadata: { name: 'bootstrap-token-zzzzzz' } }), '0123456789abcdef'],
  [
    'one that is being deleted',
    secretOf(good, { metadata: { name: 'bootstrap-token-abcdef', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    '0123456789abcdef',
  ],
  ['one that has run out', secretOf({ ...good, expiration: '2026-01-01T00:00:00Z' }), '0123456789abcdef'],
  ['one that ends nobody knows when', secretOf({ ...good, expiration: 'soon' }), '0123456789abcdef'],
  ['one that is not for authentication', secretOf(without('usage-bootstrap-authentication')), '0123456789abcdef'],
  ['a Secret without data', secretOf({}), '0123456789abcdef'],
])('%s is nobody', (_, secret, known) => {
  expect(userOf(secret, known, now)).toBeUndefined();
});

test('a group of somebody else is refused', () => {
  const secret = secretOf({ ...good, 'auth-extra-groups': 'system:masters' });
  expect(() => userOf(secret, '0123456789abcdef', now)).toThrow('bootstrap group "system:masters" is invalid');
});
