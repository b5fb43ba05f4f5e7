import { expect, test } from 'vitest';
import { readAuthenticationConfiguration } from './configuration.ts';
import { authenticatorOfFlags, type OidcFlags } from './flags.ts';
import { validateConfiguration } from './validate.ts';

const issuer = { url: 'https://issuer', audiences: ['a'] };
const username = { claim: 'sub', prefix: '' };
const good = { issuer, claimMappings: { username } };

/** Everything that is wrong with a configuration of these authenticators. */
function wrongWith(jwt: object[], more: object = {}): string[] {
  const apiVersion = 'apiserver.config.k8s.io/v1beta1';
  const text = JSON.stringify({ apiVersion, kind: 'AuthenticationConfiguration', jwt, ...more });
  const errors = validateConfiguration(readAuthenticationConfiguration(text), ['https://own']);
  return errors.map(({ field, message }) => `${field}: ${message}`);
}

test('what is right', () => {
  expect(wrongWith([good, { ...good, issuer: { ...issuer, url: 'https://other' } }])).toEqual([]);
  expect(wrongWith([])).toEqual([]);
  expect(wrongWith([], { anonymous: { enabled: true, conditions: [{ path: '/livez' }] } })).toEqual([]);
});

const rules = (...claimValidationRules: object[]): object => ({ ...good, claimValidationRules });
const mappings = (claimMappings: object): object => ({ ...good, claimMappings: { username, ...claimMappings } });
const of = (more: object): object => ({ ...good, issuer: { ...issuer, ...more } });
const extra = (key: string, valueExpression: string): object => mappings({ extra: [{ key, valueExpression }] });

test.each<[object, string]>([
  [of({ url: '' }), 'jwt[0].issuer.url: Required value'],
  [of({ url: 'http://issuer' }), 'jwt[0].issuer.url: Invalid value: "http://issuer": URL scheme must be https'],
  [of({ url: 'https://u:p@issuer' }), 'URL must not contain a username or password'],
  [of({ url: 'https://issuer?a=b' }), 'URL must not contain a query'],
  [of({ url: 'https://issuer#a' }), 'URL must not contain a fragment'],
  [of({ url: 'issuer' }), 'URL cannot be parsed'],
  [of({ url: 'https://own' }), 'URL must not overlap with disallowed issuers: [https://own]'],
  [
    of({ discoveryURL: 'https://issuer/' }),
    'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer/": discoveryURL must be different from URL',
  ],
  [of({ audiences: [] }), 'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required'],
  [of({ audiences: ['a', 'b'] }), 'audienceMatchPolicy must be MatchAny for multiple audiences'],
  [of({ audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' }), 'jwt[0].issuer.audiences[1]: Duplicate value: "a"'],
  [of({ audienceMatchPolicy: 'MatchAll' }), 'audienceMatchPolicy must be empty or MatchAny for single audience'],
  [of({ certificateAuthority: 'x' }), 'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>"'],
  [{ issuer }, 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
  [
    mappings({ username: { claim: 'sub' } }),
    'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set',
  ],
  [mappings({ username: { claim: 'sub', expression: 'claims.sub' } }), "claim and expression can't both be set"],
  [mappings({ username: { expression: 'claims.sub', prefix: '' } }), 'may not be specified when expression is set'],
  [
    mappings({ username: { expression: 'claims.sub +' } }),
    'jwt[0].claimMappings.username.expression: Invalid value: "claims.sub +": compilation failed',
  ],
  [mappings({ username: { expression: 'claims.email' } }), 'claims.email_verified must be used in'],
  [
    mappings({ uid: { claim: 'a', expression: 'claims.b' } }),
    'jwt[0].claimMappings.uid: Invalid value: "": claim and expression can\'t both be set',
  ],
  [
    extra('role', 'claims.r'),
    'jwt[0].claimMappings.extra[0].key: Invalid value: "role": must be a domain-prefixed path',
  ],
  [extra('x.io/Role', 'claims.r'), 'must be lowercase'],
  [extra('a.k8s.io/role', 'claims.r'), 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'],
  [extra('x.io/role', ''), 'jwt[0].claimMappings.extra[0].valueExpression: Required value'],
  [rules({}), 'jwt[0].claimValidationRules[0]: Required value: claim or expression is required'],
  [
    rules({ claim: 'a', message: 'm' }),
    'jwt[0].claimValidationRules[0].message: Invalid value: "m": may not be specified when claim is set',
  ],
  [rules({ expression: 'true', requiredValue: 'v' }), 'may not be specified when expression is set'],
  [
    rules({ expression: 'claims.a' }),
    'jwt[0].claimValidationRules[0].expression: Invalid value: "claims.a": must evaluate to bool',
  ],
  [rules({ claim: 'a' }, { claim: 'a' }), 'jwt[0].claimValidationRules[1].claim: Duplicate value: "a"'],
  [rules({ expression: 'user.username == ""' }), "undeclared reference to 'user'"],
  [{ ...good, userValidationRules: [{}] }, 'jwt[0].userValidationRules[0].expression: Required value'],
  [{ ...good, userValidationRules: [{ expression: 'claims.a == ""' }] }, "undeclared reference to 'claims'"],
])('%j', (authenticator, why) => {
  expect(wrongWith([authenticator])).toEqual([expect.stringContaining(why)]);
});

test('what cannot be together', () => {
  expect(wrongWith([good, good])).toEqual(['jwt[1].issuer.url: Duplicate value: "https://issuer"']);
  expect(wrongWith(Array(65).fill(good))).toEqual(['jwt: Too many: 65: must have at most 64 items']);
  const anonymous = { enabled: false, conditions: [{ path: '/livez' }] };
  expect(wrongWith([], { anonymous })).toEqual([
    expect.stringContaining('enabled should be set to true when conditions are defined'),
  ]);
});

test('a field that nobody knows is an error, and so is one of another type', () => {
  expect(() => wrongWith([{ ...good, claims: {} }])).toThrow('strict decoding error: unknown field "jwt[0].claims"');
  expect(() => wrongWith([{ ...good, issuer: { url: 1 } }])).toThrow('jwt[0].issuer.url must be text');
});

test.each<[Partial<OidcFlags>, object | undefined]>([
  [{}, undefined],
  [
    { 'oidc-issuer-url': 'https://i', 'oidc-client-id': 'c' },
    {
      issuer: { url: 'https://i', audiences: ['c'] },
      claimMappings: { username: { claim: 'sub', prefix: 'https://i#' } },
    },
  ],
  [
    {
      'oidc-issuer-url': 'https://i',
      'oidc-client-id': 'c',
      'oidc-username-claim': 'email',
      'oidc-groups-claim': 'g',
      'oidc-required-claim': ['a=b=c'],
      'oidc-ca-file': '/ca',
    },
    {
      issuer: { certificateAuthority: 'content of /ca' },
      claimMappings: { username: { claim: 'email', prefix: '' }, groups: { claim: 'g', prefix: '' } },
      claimValidationRules: [{ claim: 'a', requiredValue: 'b=c' }],
    },
  ],
  [
    { 'oidc-issuer-url': 'https://i', 'oidc-client-id': 'c', 'oidc-username-prefix': '-' },
    { claimMappings: { username: { prefix: '' } } },
  ],
])('flags %j', (given, expected) => {
  const found = authenticatorOfFlags(flagsWith(given), (path) => `content of ${path}`);
  if (expected) expect(found).toMatchObject(expected);
  else expect(found).toBeUndefined();
});

test('flags that do not belong together', () => {
  const read = (): string => '';
  expect(() => authenticatorOfFlags(flagsWith({ 'oidc-issuer-url': 'https://i' }), read)).toThrow(
    'must be specified together',
  );
  const both = { 'oidc-issuer-url': 'https://i', 'oidc-client-id': 'c', 'oidc-required-claim': ['a'] };
  expect(() => authenticatorOfFlags(flagsWith(both), read)).toThrow('expected key=value, found "a"');
});

const flagsWith = (given: Partial<OidcFlags>): OidcFlags =>
  ({
    'oidc-username-claim': 'sub',
    'oidc-username-prefix': '',
    'oidc-groups-claim': '',
    'oidc-groups-prefix': '',
    'oidc-required-claim': [],
    'oidc-signing-algs': ['RS256'],
    ...given,
  }) as OidcFlags;
