/** The authenticators of a server, in the order in which they are asked. Upstream: pkg/kubeapiserver/authenticator/config.go */
import { readFileSync } from 'node:fs';
import type { FlagValues } from '../../client/component/flags.ts';
import type { Registry } from '../registry/registry.ts';
import { type AnonymousConfiguration, anonymousPaths } from './anonymous.ts';
import { type AudienceTokenAuthenticator, Authenticator, forAudiences } from './authenticator.ts';
import { authenticateBootstrapToken } from './bootstrap-token.ts';
import type { authenticationFlags } from './flags.ts';
import { FrontProxy } from './request-header.ts';
import { serviceAccountTokens } from './service-account.ts';
import { ServiceAccountIssuer } from './service-account-issuer.ts';
import { parseTokens } from './token-file.ts';

type Flags = FlagValues<typeof authenticationFlags>;

/** Makes them. Throws for files that cannot be read, or do not say what they should.
 * Files that may change are followed until the signal aborts. */
export async function createAuthenticator(
  flags: Flags,
  registry: Registry,
  signal: AbortSignal,
): Promise<Authenticator> {
  const audiences = audiencesOf(flags);
  const tokens: AudienceTokenAuthenticator[] = [];
  const tokenFile = flags['token-auth-file'];
  if (tokenFile) {
    const users = parseTokens(readFileSync(tokenFile, 'utf8'));
    tokens.push(forAudiences(audiences, (token) => users.get(token)));
  }
  if (registry.tokenIssuer) tokens.push(serviceAccountTokens(registry, registry.tokenIssuer));
  if (flags['enable-bootstrap-token-auth']) {
    tokens.push(forAudiences(audiences, (token) => authenticateBootstrapToken(registry, token)));
  }
  let anonymous: AnonymousConfiguration = { enabled: flags['anonymous-auth'] ?? true };
  if (flags['authentication-config'] || flags['oidc-issuer-url'] || flags['oidc-client-id']) {
    const { oidcOf } = await import('./oidc/create.ts');
    const oidc = oidcOf(flags, registry, signal);
    tokens.push(forAudiences(audiences, oidc.authenticate));
    anonymous = oidc.anonymous ?? anonymous;
  }
  const certificates = flags['client-ca-file'] !== undefined;
  const frontProxy = frontProxyOf(flags);
  return new Authenticator({ frontProxy, certificates, tokens, audiences, mayBeAnonymous: anonymousPaths(anonymous) });
}

function frontProxyOf(flags: Flags): FrontProxy | undefined {
  const { 'requestheader-client-ca-file': ca, 'client-ca-file': clientCa } = flags;
  if (!ca) return undefined;
  return new FrontProxy(flags, readFileSync(ca, 'utf8'), clientCa ? readFileSync(clientCa, 'utf8') : '');
}

/** Who signs tokens of service accounts; nobody where no key is given. */
export function tokenIssuerOf(flags: Flags): ServiceAccountIssuer | undefined {
  const signingKey = flags['service-account-signing-key-file'];
  const issuers = flags['service-account-issuer'];
  if (!signingKey) return undefined;
  if (issuers.length === 0)
    throw new Error('--service-account-issuer is required with --service-account-signing-key-file');
  return new ServiceAccountIssuer({
    issuers,
    signingKey: readFileSync(signingKey),
    verificationKeys: flags['service-account-key-file'].map((path) => readFileSync(path)),
    audiences: audiencesOf(flags),
    maxExpirationSeconds: flags['service-account-max-token-expiration'] / 1000,
  });
}

/** What a token must be for to be for this server. */
const audiencesOf = (flags: Flags): readonly string[] =>
  flags['api-audiences'].length > 0 ? flags['api-audiences'] : flags['service-account-issuer'];
