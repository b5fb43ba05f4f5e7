import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { FlagValues } from '../../../client/component/flags.ts';
import { silentLogger } from '../../../client/component/log.ts';
import type { Registry } from '../../registry/registry.ts';
import type { authenticationFlags } from '../flags.ts';
import { oidcOf } from './create.ts';

type Flags = FlagValues<typeof authenticationFlags>;

const folder = mkdtempSync(join(tmpdir(), 'minik-oidc-create-'));
const ended = new AbortController();

afterAll(() => {
  ended.abort();
  rmSync(folder, { recursive: true });
});

const defaults = {
  'service-account-issuer': ['https://own'],
  'oidc-username-claim': 'sub',
  'oidc-username-prefix': '',
  'oidc-groups-claim': '',
  'oidc-groups-prefix': '',
  'oidc-required-claim': [],
  'oidc-signing-algs': ['RS256'],
};

function create(given: Partial<Flags>, configuration?: object | string) {
  const path = join(folder, 'authentication.yaml');
  const text = typeof configuration === 'string' ? configuration : JSON.stringify(configuration);
  if (configuration) writeFileSync(path, text);
  const flags = { ...defaults, ...(configuration && { 'authentication-config': path }), ...given } as Flags;
  return oidcOf(flags, { logger: silentLogger(), now: () => new Date() } as Registry, ended.signal);
}

const file = (more: object = {}): object => ({
  apiVersion: 'apiserver.config.k8s.io/v1',
  kind: 'AuthenticationConfiguration',
  ...more,
});
const flags = { 'oidc-issuer-url': 'https://issuer', 'oidc-client-id': 'c' };

test('what is right', () => {
  expect(create(flags).anonymous).toBeUndefined();
  expect(create({}, file()).anonymous).toBeUndefined();
  expect(create({}, file({ anonymous: { enabled: false } })).anonymous).toEqual({ enabled: false });
});

test.each<[string, Partial<Flags>, object | string | undefined, string]>([
  ['both', flags, file(), 'authentication-config file and oidc-* flags are mutually exclusive'],
  [
    'anonymous twice',
    { 'anonymous-auth': true },
    file({ anonymous: { enabled: true } }),
    '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
  ],
  ['no algorithm', { ...flags, 'oidc-signing-algs': ['none'] }, undefined, 'oidc: unsupported signing alg: "none"'],
  [
    'one with a secret',
    { ...flags, 'oidc-signing-algs': ['HS256'] },
    undefined,
    'oidc: unsupported signing alg: "HS256"',
  ],
  ['no https', { ...flags, 'oidc-issuer-url': 'http://issuer' }, undefined, 'URL scheme must be https'],
  [
    'the own issuer',
    { ...flags, 'oidc-issuer-url': 'https://own' },
    undefined,
    'URL must not overlap with disallowed issuers',
  ],
  ['another kind', {}, file({ kind: 'Pod' }), 'expected kind "AuthenticationConfiguration"'],
  [
    'another version',
    {},
    file({ apiVersion: 'apiserver.config.k8s.io/v2' }),
    'expected kind "AuthenticationConfiguration"',
  ],
  ['no YAML', {}, 'a: [', ''],
  ['what is no object', {}, '7', 'it is not a AuthenticationConfiguration'],
])('%s is refused', (_, given, configuration, why) => {
  expect(() => create(given, configuration)).toThrow(why);
});
