import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { detachedSignature, isSignedWith } from '../../api/cluster-info.ts';
import type { ConfigMap, Secret } from '../../api/types.ts';
import { planRemoval, planSignatures } from './plan.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const token = { id: 'abcdef', secret: '0123456789abcdef' };

const secretOf = (data: Record<string, string> = {}, id = token.id): Secret => ({
  metadata: { name: `bootstrap-token-${id}`, namespace: 'kube-system' },
  type: 'bootstrap.kubernetes.io/token',
  data: Object.fromEntries(
    Object.entries({ 'token-id': id, 'token-secret': token.secret, 'usage-bootstrap-signing': 'true', ...data }).map(
      ([key, value]) => [key, Buffer.from(value).toString('base64')],
    ),
  ),
});

describe('a signature', () => {
  // By the rules of RFC 7515, appendix F, put together by hand.
  const header = Buffer.from('{"alg":"HS256","kid":"abcdef"}').toString('base64url');
  const body = createHmac('sha256', token.secret).update(`${header}.${Buffer.from('hello').toString('base64url')}`);
  const signature = `${header}..${body.digest('base64url')}`;

  test('has its header and no content', () => {
    expect(detachedSignature('hello', token)).toBe(signature);
  });

  test('tells whether the content is as it was', () => {
    expect(isSignedWith(signature, 'hello', token)).toBe(true);
    expect(isSignedWith(signature, 'hellO', token)).toBe(false);
    expect(isSignedWith(signature, 'hello', { ...token, secret: 'fedcba9876543210' })).toBe(false);
    expect(isSignedWith(signature, 'hello', { ...token, id: 'fedcba' })).toBe(false);
  });

  const unsigned = Buffer.from('{"alg":"none","kid":"abcdef"}').toString('base64url');
  test.each(['', 'x', '..', `${unsigned}..x`, `${header}..`, `e30..x`, signature.replace('..', '.aGVsbG8.')])(
    'is not %j',
    (text) => {
      expect(isSignedWith(text, 'hello', token)).toBe(false);
    },
  );
});

describe('cluster-info', () => {
  const info = (data: Record<string, string>): ConfigMap => ({ metadata: { name: 'cluster-info' }, data });

  test('is signed with every token that signs now, and with no other', () => {
    const secrets = [
      secretOf(),
      secretOf({ 'usage-bootstrap-signing': 'false' }, 'nosign'),
      secretOf({ expiration: '2025-12-31T00:00:00Z' }, 'tooold'),
      secretOf({ 'token-secret': 'short' }, 'badone'),
    ];
    expect(planSignatures(info({ kubeconfig: 'k', 'jws-kubeconfig-gone00': 'x', other: 'y' }), secrets, now)).toEqual({
      kubeconfig: 'k',
      other: 'y',
      'jws-kubeconfig-abcdef': detachedSignature('k', token),
    });
  });

  test('without a kubeconfig has nothing to sign', () => {
    expect(planSignatures(info({ 'jws-kubeconfig-abcdef': 'x' }), [secretOf()], now)).toBeUndefined();
  });
});

test.each([
  [undefined, undefined],
  ['2026-01-01T00:00:10Z', 10_000],
  ['2025-12-31T00:00:00Z', 0],
  ['soon', 0],
])('a token until %s goes in %s ms', (expiration, ms) => {
  expect(planRemoval(secretOf(expiration === undefined ? {} : { expiration }), now)).toBe(ms);
});
