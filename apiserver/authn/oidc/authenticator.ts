/**
 * Tokens of OpenID providers: who signs them, for whom they are, and whom they make of their bearer.
 *
 * Nothing is loaded, and no provider asked, before the first token comes that says it is from one of them.
 *
 * Upstream: apiserver/plugin/pkg/authenticator/token/oidc. Left out: distributed claims, egress selectors.
 */
import type { JWTPayload } from 'jose';
import type { Logger } from '../../../client/component/log.ts';
import type { TokenAuthenticator } from '../authenticator.ts';
import { InvalidCredentials } from '../invalid-credentials.ts';
import { successMs, TokenCache } from '../token-cache.ts';
import type { User } from '../user.ts';
import { type UserOfClaims, userOfClaims } from './claims.ts';
import type { JwtAuthenticator } from './configuration.ts';
import { Provider } from './provider.ts';

/** All that a provider may sign with. */
export const signingAlgorithms: readonly string[] = [
  ...['ES256', 'ES384', 'ES512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['RS256', 'RS384', 'RS512'],
];

/** How far the clock of a provider may be ahead of ours. */
const notBeforeLeewaySeconds = 60;

interface Known {
  provider: Provider;
  audiences: string[];
  userOf: UserOfClaims;
}

/** Makes the authenticator of these providers' tokens. Their configuration must be valid. `algorithms`: with which they may sign. */
export function oidcTokens(
  authenticators: readonly JwtAuthenticator[],
  algorithms: readonly string[],
  { logger, now }: { logger: Logger; now(): Date },
): TokenAuthenticator {
  const byIssuer = new Map(
    authenticators.map((one): [string, Known] => {
      const { url, audiences = [] } = one.issuer;
      return [url, { provider: new Provider(one.issuer, logger), audiences, userOf: userOfClaims(one) }];
    }),
  );
  const cache = new TokenCache<User>();

  const look = async (known: Known, issuer: string, token: string): Promise<User> => {
    const time = now();
    const keys = await known.provider.keys(time.getTime());
    const { jwtVerify } = await import('jose');
    const options = { issuer, audience: known.audiences, algorithms: [...algorithms], currentDate: time };
    const { payload } = await jwtVerify(token, keys, { ...options, clockTolerance: notBeforeLeewaySeconds }).catch(
      refuse,
    );
    const end = endOf(payload);
    if (end <= time.getTime()) throw new InvalidCredentials('oidc: verify token: oidc: token is expired');
    const user = known.userOf(payload);
    cache.set(token, user, Math.min(end, time.getTime() + successMs));
    return user;
  };

  return (token) => {
    const found = cache.get(token, now().getTime());
    if (found) return found;
    const issuer = untrustedIssuer(token);
    const known = issuer === undefined ? undefined : byIssuer.get(issuer);
    return known && look(known, issuer!, token);
  };
}

/** In milliseconds; a token without an end has expired. */
const endOf = ({ exp = 0 }: JWTPayload): number => exp * 1000;

/** Anything that a token, or a provider, can bring about is the token's fault. */
function refuse(error: unknown): never {
  throw new InvalidCredentials(`oidc: verify token: ${(error as Error).message}`);
}

/** Whose token it says it is, which is not to be believed yet. */
function untrustedIssuer(token: string): string | undefined {
  const [, payload, , ...more] = token.split('.', 4);
  if (payload === undefined || more.length > 0) return undefined;
  try {
    const { iss } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { iss?: unknown };
    return typeof iss === 'string' ? iss : undefined;
  } catch {
    // It is not a token of this form.
    return undefined;
  }
}
