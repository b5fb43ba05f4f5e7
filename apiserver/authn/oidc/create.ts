/** From the flags to the authenticator of OpenID providers' tokens. Upstream: pkg/kubeapiserver/options/authentication.go */
import { readFileSync } from 'node:fs';
import { type FieldError, invalid } from '../../../api/errors.ts';
import type { FlagValues } from '../../../client/component/flags.ts';
import { followFile } from '../../configuration-file/follow.ts';
import type { Registry } from '../../registry/registry.ts';
import type { AnonymousConfiguration } from '../anonymous.ts';
import type { TokenAuthenticator } from '../authenticator.ts';
import type { authenticationFlags } from '../flags.ts';
import { oidcTokens, signingAlgorithms } from './authenticator.ts';
import { type AuthenticationConfiguration, readAuthenticationConfiguration } from './configuration.ts';
import { authenticatorOfFlags } from './flags.ts';
import { validateConfiguration } from './validate.ts';

type Flags = FlagValues<typeof authenticationFlags>;

export interface Oidc {
  authenticate: TokenAuthenticator;
  /** Where the configuration says for what credentials are needed. */
  anonymous?: AnonymousConfiguration | undefined;
}

/** Makes it. Throws with all that is wrong with the configuration. A file is followed until the signal aborts. */
export function oidcOf(flags: Flags, registry: Registry, signal: AbortSignal): Oidc {
  const { 'authentication-config': path, 'service-account-issuer': disallowed } = flags;
  return path ? ofFile(path, flags, registry, signal) : ofFlags(flags, disallowed, registry);
}

function ofFlags(flags: Flags, disallowed: readonly string[], registry: Registry): Oidc {
  const jwt = [authenticatorOfFlags(flags, (path) => readFileSync(path, 'utf8')) ?? []].flat();
  refuse('--oidc-*', validateConfiguration({ jwt }, disallowed));
  const algorithms = flags['oidc-signing-algs'];
  const unknown = algorithms.find((algorithm) => !signingAlgorithms.includes(algorithm));
  if (unknown !== undefined) throw new Error(`oidc: unsupported signing alg: ${JSON.stringify(unknown)}`);
  return { authenticate: oidcTokens(jwt, algorithms, registry) };
}

function ofFile(path: string, flags: Flags, registry: Registry, signal: AbortSignal): Oidc {
  if (flags['oidc-issuer-url'] || flags['oidc-client-id']) {
    throw new Error('authentication-config file and oidc-* flags are mutually exclusive');
  }
  const read = (text: string): AuthenticationConfiguration => {
    const configuration = readAuthenticationConfiguration(text);
    refuse(path, validateConfiguration(configuration, flags['service-account-issuer']));
    return configuration;
  };
  const text = readFileSync(path, 'utf8');
  const { jwt = [], anonymous } = read(text);
  if (anonymous && flags['anonymous-auth'] !== undefined) {
    throw new Error(
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    );
  }
  let authenticate = oidcTokens(jwt, signingAlgorithms, registry);
  // Who may come without credentials is decided at the start, as upstream.
  const load = (changed: string): void => {
    authenticate = oidcTokens(read(changed).jwt ?? [], signingAlgorithms, registry);
  };
  followFile({ path, text, load, signal, logger: registry.logger });
  return { authenticate: (token) => authenticate(token), anonymous };
}

function refuse(where: string, errors: FieldError[]): void {
  if (errors.length === 0) return;
  throw new Error(`${where}: ${invalid({ group: '', kind: 'AuthenticationConfiguration' }, '', errors).message}`);
}
