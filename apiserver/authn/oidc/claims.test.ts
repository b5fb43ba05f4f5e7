import { expect, test } from 'vitest';
import { userOfClaims } from './claims.ts';
import type { ClaimMappings, JwtAuthenticator } from './configuration.ts';

const authenticator = (claimMappings: ClaimMappings, more: Partial<JwtAuthenticator> = {}): JwtAuthenticator => ({
  issuer: { url: 'https://issuer', audiences: ['a'] },
  claimMappings,
  ...more,
});
const bySub: ClaimMappings = { username: { claim: 'sub', prefix: '' } };
const byEmail: ClaimMappings = { username: { claim: 'email', prefix: 'x:' } };
const groups = (given: ClaimMappings['groups']): ClaimMappings => ({ ...bySub, groups: given! });

test.each<[string, ClaimMappings, object, object]>([
  ['a claim', bySub, { sub: 'jane' }, { name: 'jane', groups: [] }],
  ['a prefix', byEmail, { email: 'j@x' }, { name: 'x:j@x' }],
  ['a verified address', byEmail, { email: 'j@x', email_verified: true }, { name: 'x:j@x' }],
  ['groups', groups({ claim: 'g', prefix: 'p:' }), { sub: 'j', g: ['a', 'b'] }, { groups: ['p:a', 'p:b'] }],
  ['one group', groups({ claim: 'g', prefix: '' }), { sub: 'j', g: 'a' }, { groups: ['a'] }],
  ['no groups', groups({ claim: 'g', prefix: '' }), { sub: 'j' }, { groups: [] }],
  [
    'groups of an expression',
    groups({ expression: 'claims.roles.split(",")' }),
    { sub: 'j', roles: 'a,,b' },
    { groups: ['a', 'b'] },
  ],
  ['one group of an expression', groups({ expression: 'claims.role' }), { sub: 'j', role: 'a' }, { groups: ['a'] }],
  ['no group of an expression', groups({ expression: 'claims.?role.orValue("")' }), { sub: 'j' }, { groups: [] }],
  ['a uid', { ...bySub, uid: { claim: 'oid' } }, { sub: 'j', oid: '1' }, { uid: '1' }],
  ['a uid of an expression', { ...bySub, uid: { expression: 'string(claims.n)' } }, { sub: 'j', n: 7 }, { uid: '7' }],
  [
    'extras, if they say something',
    {
      ...bySub,
      extra: [
        { key: 'x.io/a', valueExpression: '[claims.a, "", "c"]' },
        { key: 'x.io/b', valueExpression: '""' },
      ],
    },
    { sub: 'j', a: 'b' },
    { extra: { 'x.io/a': ['b', 'c'] } },
  ],
  [
    'nested claims',
    { username: { expression: 'claims.realm.users[0].name + "@" + claims.realm.id' } },
    { realm: { id: 'r', users: [{ name: 'j' }] } },
    { name: 'j@r' },
  ],
])('%s', (_, mappings, claims, expected) => {
  expect(userOfClaims(authenticator(mappings))(claims as never)).toMatchObject(expected);
});

test.each<[string, ClaimMappings, object, string]>([
  ['no such claim', bySub, {}, 'oidc: parse username claims "sub": claim not present'],
  ['a claim of the prototype', { username: { claim: 'constructor', prefix: '' } }, {}, 'claim not present'],
  ['a number', bySub, { sub: 1 }, 'oidc: parse username claims "sub": it is not a text'],
  ['an address that is not verified', byEmail, { email: 'j@x', email_verified: false }, 'oidc: email not verified'],
  [
    'a text that says it is verified',
    byEmail,
    { email: 'j@x', email_verified: 'true' },
    "parse 'email_verified' claim",
  ],
  ['groups that are none', groups({ claim: 'g', prefix: '' }), { sub: 'j', g: [{}] }, 'oidc: parse groups claim "g"'],
  [
    'groups elsewhere',
    groups({ claim: 'g', prefix: '' }),
    { sub: 'j', _claim_names: { g: 's' } },
    'could not expand distributed claims',
  ],
  [
    'a name that is no text',
    { username: { expression: 'claims.n' } },
    { n: 1 },
    'username claim expression must return a string',
  ],
  [
    'a name that is not there',
    { username: { expression: 'claims.n' } },
    {},
    'oidc: error evaluating username claim expression: no such key: n',
  ],
  [
    'groups of an expression that are none',
    groups({ expression: 'claims.g' }),
    { sub: 'j', g: [1] },
    'must return a string or a list of strings',
  ],
  [
    'a uid that is not there',
    { ...bySub, uid: { claim: 'oid' } },
    { sub: 'j' },
    'oidc: parse uid claim "oid": claim not present',
  ],
])('%s is refused', (_, mappings, claims, why) => {
  expect(() => userOfClaims(authenticator(mappings))(claims as never)).toThrow(why);
});

test.each<[string, Partial<JwtAuthenticator>, object, string | undefined]>([
  ['a required claim', { claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] }, { hd: 'x' }, undefined],
  [
    'of another value',
    { claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] },
    { hd: 'y' },
    'oidc: required claim hd value does not match. Got = y, want = x',
  ],
  [
    'that is not there',
    { claimValidationRules: [{ claim: 'hd', requiredValue: 'x' }] },
    {},
    'oidc: required claim hd not present in ID token',
  ],
  [
    'an expression',
    { claimValidationRules: [{ expression: 'claims.exp - claims.iat < 10' }] },
    { exp: 9, iat: 0 },
    undefined,
  ],
  [
    'that is false',
    { claimValidationRules: [{ expression: 'claims.exp < 10', message: 'no' }] },
    { exp: 10 },
    "oidc: error evaluating claim validation expression: validation expression 'claims.exp < 10' failed: no",
  ],
  [
    'that fails',
    { claimValidationRules: [{ expression: 'claims.exp < 10' }] },
    {},
    'oidc: error evaluating claim validation expression: no such key: exp',
  ],
  [
    'a rule of the user',
    { userValidationRules: [{ expression: "user.groups.all(g, g != 'system:masters')" }] },
    {},
    undefined,
  ],
  [
    'that it breaks',
    { userValidationRules: [{ expression: "user.username != 'jane'", message: 'not her' }] },
    {},
    'not her',
  ],
])('%s', (_, rules, claims, why) => {
  const check = () => userOfClaims(authenticator(bySub, rules))({ sub: 'jane', ...claims });
  if (why) expect(check).toThrow(why);
  else expect(check()).toMatchObject({ name: 'jane' });
});

test('an expression that would keep the server busy ends', () => {
  const list = `[${Array(100).fill(0).join()}]`;
  const expression = `${list}.all(a, ${list}.all(b, ${list}.all(c, ${list}.all(d, true))))`;
  const check = userOfClaims(authenticator(bySub, { claimValidationRules: [{ expression }] }));
  expect(() => check({ sub: 'jane' })).toThrow('actual cost limit exceeded');
});
