import { expect, test } from 'vitest';
import { parseBootstrapToken } from '../../api/bootstrap-token.ts';
import { formatToken, generateToken, secretOfToken, tokenRow } from './tokens.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const token = { id: 'abcdef', secret: '0123456789abcdef' };
const usual = {
  ttlMs: 24 * 3_600_000,
  usages: ['signing', 'authentication'],
  groups: ['system:bootstrappers:x'],
  description: 'd',
};

test('a generated token is one, and never the same', () => {
  const [one, two] = [generateToken(), generateToken()];
  expect(parseBootstrapToken(formatToken(one))).toEqual(one);
  expect(formatToken(one)).not.toBe(formatToken(two));
});

test('what is made is what is listed', () => {
  expect(tokenRow(secretOfToken(token, usual, now), now)).toEqual([
    'abcdef.0123456789abcdef',
    '24h',
    '2026-01-02T00:00:00Z',
    'authentication,signing',
    'd',
    'system:bootstrappers:x',
  ]);
});

test('a token for ever, for nothing and nobody', () => {
  const secret = secretOfToken(token, { ttlMs: 0, usages: [], groups: [], description: '' }, now);
  expect(tokenRow(secret, now)).toEqual([formatToken(token), '<forever>', '<never>', '<none>', '<none>', '<none>']);
});

test('one that has run out, and a Secret that holds none', () => {
  expect(tokenRow(secretOfToken(token, usual, now - 48 * 3_600_000), now)?.[1]).toBe('<invalid>');
  expect(tokenRow({ metadata: { name: 'x' } }, now)).toBeUndefined();
});
