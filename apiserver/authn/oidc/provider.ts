/**
 * The keys of an OpenID provider: found through its document the first time that a token of it comes, and fetched again when a token
 * names a key that is not among them, but not more often than every few seconds. While the provider cannot be reached its tokens
 * are not accepted; nothing else waits for it.
 *
 * Upstream: github.com/coreos/go-oidc
 */
import { Agent } from 'node:https';
import type { JWTVerifyGetKey } from 'jose';
import type { Logger } from '../../../client/component/log.ts';
import { InvalidCredentials } from '../invalid-credentials.ts';
import type { Issuer } from './configuration.ts';
import { httpsGet } from './https-get.ts';

/** How long a provider that did not answer is left alone. */
const retryMs = 10_000;
/** How often its keys may be fetched. */
const cooldownMs = 5_000;
const defaultLimits = {
  timeoutMs: 5_000,
  /** More keys than anybody has. */
  maxBytes: 512 * 1024,
};

export class Provider {
  readonly #issuer: Issuer;
  readonly #agent: Agent;
  readonly #logger: Logger;
  readonly #limits: typeof defaultLimits;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(issuer: Issuer, logger: Logger, limits = defaultLimits) {
    const { certificateAuthority: ca } = issuer;
    this.#issuer = issuer;
    this.#agent = new Agent({ keepAlive: false, maxSockets: 2, ...(ca && { ca }) });
    this.#logger = logger;
    this.#limits = limits;
  }

  /** What finds the key of a token. Rejects with an `InvalidCredentials` while the provider has not been reached. */
  async keys(now: number): Promise<JWTVerifyGetKey> {
    if (!this.#keys && now < this.#failedAt + retryMs) throw notInitialized();
    this.#keys ??= this.#discover().catch((error: unknown) => {
      this.#logger.error({ err: error, issuer: this.#issuer.url }, 'Cannot learn the keys of an OpenID provider');
      this.#keys = undefined;
      this.#failedAt = now;
      throw notInitialized();
    });
    return this.#keys;
  }

  async #discover(): Promise<JWTVerifyGetKey> {
    const { createRemoteJWKSet, customFetch } = await import('jose');
    const { url, discoveryURL } = this.#issuer;
    const at = discoveryURL ?? `${url.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const { status, text } = await this.#get(at);
    if (status !== 200) throw new Error(`${at} answered ${status}`);
    const { issuer, jwks_uri: uri } = JSON.parse(text) as { issuer?: unknown; jwks_uri?: unknown };
    if (issuer !== url) {
      const both = `expected ${JSON.stringify(url)} got ${JSON.stringify(issuer)}`;
      throw new Error(`issuer did not match the issuer returned by provider, ${both}`);
    }
    if (typeof uri !== 'string' || URL.parse(uri)?.protocol !== 'https:')
      throw new Error(`${at} has no jwks_uri with https`);
    return createRemoteJWKSet(new URL(uri), {
      timeoutDuration: this.#limits.timeoutMs,
      cooldownDuration: cooldownMs,
      [customFetch]: async (from: string) => {
        const answer = await this.#get(from);
        return new Response(answer.text, { status: answer.status });
      },
    });
  }

  #get(url: string): Promise<{ status: number; text: string }> {
    return httpsGet(new URL(url), { agent: this.#agent, ...this.#limits });
  }
}

const notInitialized = (): InvalidCredentials => new InvalidCredentials('oidc: authenticator not initialized');
