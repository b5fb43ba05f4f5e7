/** The `--oidc-*` flags, and the one authenticator that they describe. Upstream: pkg/kubeapiserver/options/authentication.go */
import type { FlagTable, FlagValues } from '../../../client/component/flags.ts';
import type { JwtAuthenticator } from './configuration.ts';

export const oidcFlags = {
  'authentication-config': {
    type: 'string',
    help: 'File with an AuthenticationConfiguration: OpenID providers, and what may be asked without credentials.',
  },
  'oidc-issuer-url': { type: 'string', help: 'The URL of the OpenID provider whose tokens are accepted, https only.' },
  'oidc-client-id': { type: 'string', help: 'The client for which the tokens must be.' },
  'oidc-ca-file': { type: 'string', help: "CA file that verifies the provider's certificate; default the system's." },
  'oidc-username-claim': { type: 'string', default: 'sub', help: 'The claim that is the name of the user.' },
  'oidc-username-prefix': {
    type: 'string',
    default: '',
    help: "What stands before the name; default the issuer's URL and # for claims but email. - stands for nothing.",
  },
  'oidc-groups-claim': { type: 'string', default: '', help: 'The claim that holds the groups of the user.' },
  'oidc-groups-prefix': { type: 'string', default: '', help: 'What stands before each group.' },
  'oidc-required-claim': { type: 'list', default: '', help: 'key=value: claims that the tokens must have.' },
  'oidc-signing-algs': { type: 'list', default: 'RS256', help: 'Algorithms with which the tokens may be signed.' },
} as const satisfies FlagTable;

export type OidcFlags = FlagValues<typeof oidcFlags>;

/** The authenticator; undefined when the flags name none. Throws when only a part of them is given. */
export function authenticatorOfFlags(
  flags: OidcFlags,
  readFile: (path: string) => string,
): JwtAuthenticator | undefined {
  const { 'oidc-issuer-url': url, 'oidc-client-id': client, 'oidc-ca-file': ca } = flags;
  if (!url && !client) return undefined;
  if (!url || !client)
    throw new Error(
      'oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are specified',
    );
  const { 'oidc-username-claim': claim, 'oidc-groups-claim': groups } = flags;
  return {
    issuer: { url, audiences: [client], ...(ca && { certificateAuthority: readFile(ca) }) },
    claimMappings: {
      username: { claim, prefix: usernamePrefix(flags['oidc-username-prefix'], claim, url) },
      ...(groups && { groups: { claim: groups, prefix: flags['oidc-groups-prefix'] } }),
    },
    claimValidationRules: flags['oidc-required-claim'].map(requiredClaim),
  };
}

function usernamePrefix(given: string, claim: string, url: string): string {
  if (given === '-') return '';
  return given === '' && claim !== 'email' ? `${url}#` : given;
}

function requiredClaim(text: string): { claim: string; requiredValue: string } {
  const [, claim, requiredValue] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (claim === undefined || requiredValue === undefined)
    throw new Error(`--oidc-required-claim: expected key=value, found ${JSON.stringify(text)}`);
  return { claim, requiredValue };
}
