/**
 * Who the bearer of a service account's token is. The token counts as long as the account, and the object that it is bound to, are
 * those that it was made for. Its signature is checked once in a while, those objects with every request.
 *
 * Upstream: pkg/serviceaccount/{jwt,claims,legacy}.go
 */
import type { KubeObject, Secret } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { cacheKey } from '../registry/resource.ts';
import { readStore } from '../registry/update.ts';
import type { AudienceTokenAuthenticator, TokenHolder } from './authenticator.ts';
import { InvalidCredentials } from './invalid-credentials.ts';
import { type Bound, readClaims, type Verified } from './service-account-claims.ts';
import { leewaySeconds, type ServiceAccountIssuer } from './service-account-issuer.ts';
import { successMs, TokenCache } from './token-cache.ts';

/** Makes the authenticator of tokens that the issuer signs. */
export function serviceAccountTokens(registry: Registry, issuer: ServiceAccountIssuer): AudienceTokenAuthenticator {
  const cache = new TokenCache<Verified>();

  const look = async (token: string, asked: readonly string[]): Promise<TokenHolder | undefined> => {
    const now = registry.now().getTime();
    const payload = await issuer.verify(token, new Date(now));
    if (!payload) return undefined;
    const verified = readClaims(payload, token);
    const audiences = audiencesOf(verified, asked, issuer.audiences);
    for (const bound of verified.bound) {
      const why = whyNot(bound, await find(registry, bound), now);
      if (why) throw new InvalidCredentials(why);
    }
    const end = payload.exp === undefined ? Number.POSITIVE_INFINITY : (payload.exp + leewaySeconds) * 1000;
    cache.set(token, verified, Math.min(now + successMs, end));
    return { user: verified.user, audiences };
  };

  return (token, asked) => {
    const now = registry.now().getTime();
    const known = cache.get(token, now);
    if (!known?.bound.every((bound) => !whyNot(bound, cached(registry, bound), now))) return look(token, asked);
    return { user: known.user, audiences: audiencesOf(known, asked, issuer.audiences) };
  };
}

/** Those of a token that were asked for. Throws when there are none. */
function audiencesOf({ audiences }: Verified, asked: readonly string[], own: readonly string[]): readonly string[] {
  const ofToken = audiences ?? own;
  const common = ofToken.filter((audience) => asked.includes(audience));
  if (common.length > 0 || own.length === 0) return common;
  throw new InvalidCredentials(
    `token audiences ${quoted(ofToken)} is invalid for the target audiences ${quoted(asked)}`,
  );
}

/** As Go shows a list of texts: `["a" "b"]`. */
const quoted = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

/** Why a token does not count any more, as far as the object is concerned; undefined when it does. */
export function whyNot(bound: Bound, object: KubeObject | undefined, now: number): string | undefined {
  const { uid, deletionTimestamp } = object?.metadata ?? {};
  if (!object) return bound.missing;
  if (deletionTimestamp && Date.parse(deletionTimestamp) < now - bound.leewayMs) return bound.deleted;
  if (bound.uid !== undefined && uid !== bound.uid) return bound.replaced(uid ?? '');
  if (bound.holds === undefined) return undefined;
  const held = Buffer.from((object as Secret).data?.['token'] ?? '', 'base64').toString();
  return held === bound.holds ? undefined : "service account token does not match server's copy";
}

function cached(registry: Registry, { plural, namespace, name }: Bound): KubeObject | undefined {
  const resource = registry.resources.must('', plural);
  return resource.cache.get(cacheKey(resource, namespace, name))?.object;
}

/** What the cache does not have yet, or has in another form, is asked of the store. */
async function find(registry: Registry, bound: Bound): Promise<KubeObject | undefined> {
  const object = cached(registry, bound);
  if (object && !whyNot(bound, object, registry.now().getTime())) return object;
  const resource = registry.resources.must('', bound.plural);
  return (await readStore(registry, resource, cacheKey(resource, bound.namespace, bound.name))).entry?.object;
}
