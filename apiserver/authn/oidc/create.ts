/** From the flags to the authenticator of OpenID providers' tokens. Upstream: pkg/kubeapiserver/options/authentication.go */
import { readFileSync } from 'node:fs';
import { type FieldError, invalid } from '../../../api/errors.ts';
import type { FlagValues } from '../../../client/component/flags.ts';
import type { Registry } from '../../registry/registry.ts';
import type { AnonymousConfiguration } from '../anonymous.ts';
import type { TokenAuthenticator } from '../authenticator.ts';
import type { authenticationFlags } from '../flags.ts';
import { oidcTokens, signingAlgorithms } from './authenticator.ts';
import { readAuthenticationConfiguration } from './configuration.ts';
import { authenticatorOfFlags } from './flags.ts';
import { validateConfiguration } from './validate.ts';

type Flags = FlagValues<typeof authenticationFlags>;

export interface Oidc {
  authenticate: TokenAuthenticator;
  /** Where the configuration says for what credentials are needed. */
  anonymous?: AnonymousConfiguration | undefined;
}

/** Makes it. Throws with all that is wrong with the configuration. */
export function oidcOf(flags: Flags, registry: Registry): Oidc {
  const { 'authentication-config': path, 'service-account-issuer': disallowed } = flags;
  return path ? ofFile(path, flags, disallowed, registry) : ofFlags(flags, disallowed, registry);
}

function ofFlags(flags: Flags, disallowed: readonly string[], registry: Registry): Oidc {
  const jwt = [authenticatorOfFlags(flags, (path) => readFileSync(path, 'utf8')) ?? []].flat();
  refuse('--oidc-*', validateConfiguration({ jwt }, disallowed));
  const algorithms = flags['oidc-signing-algs'];
  const unknown = algorithms.find((algorithm) => !signingAlgorithms.includes(algorithm));
  if (unknown !== undefined) throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  return { authenticate: oidcTokens(jwt, algorithms, registry) };
}

function ofFile(path: string, flags: Flags, disallowed: readonly string[], registry: Registry): Oidc {
  if (flags['oidc-issuer-url'] || flags['oidc-client-id']) {
    throw new Error('authentication-config file and oidc-* flags are mutually exclusive');
  }
  const configuration = readAuthenticationConfiguration(readFileSync(path, 'utf8'));
  refuse(path, validateConfiguration(configuration, disallowed));
  if (configuration.anonymous && flags['anonymous-auth'] !== undefined) {
    throw new Error(
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    );
  }
  const { jwt = [], anonymous } = configuration;
  return { authenticate: oidcTokens(jwt, signingAlgorithms, registry), anonymous };
}

function refuse(where: string, errors: FieldError[]): void {
  if (errors.length === 0) return;
  throw new Error(`${where}: ${invalid({ group: '', kind: 'AuthenticationConfiguration' }, '', errors).message}`);
}
