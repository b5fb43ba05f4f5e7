/**
 * Tokens of service accounts for this node's pods: asked for once, kept while they are good, and replaced long before they end.
 * A token that cannot be replaced is given on as long as it has not ended.
 *
 * Upstream: pkg/kubelet/token/token_manager.go
 */
import { serviceaccounts } from '../../api/kinds/serviceaccounts.ts';
import type { Pod } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import type { RestClient } from '../../client/rest.ts';

/** What a volume asks for. */
export interface TokenSource {
  audience?: string;
  expirationSeconds?: number;
}

/** A token as it was given. */
export interface IssuedToken {
  token: string;
  /** How long it lasts, from when it was made. */
  seconds: number;
  expiresAtMs: number;
}

/** Gets a token for the pod from the API server. */
export type RequestToken = (pod: Pod, source: TokenSource) => Promise<IssuedToken>;

/** However long it lasts, a token is replaced after a day. */
const longestMs = 24 * 3_600_000;
const longestJitterMs = 10_000;

/** Whether the token has less than a fifth of its life left, or is a day old. `jitterMs` spreads what was made at the same time. */
export function needsRefresh({ seconds, expiresAtMs }: IssuedToken, nowMs: number, jitterMs: number): boolean {
  const issuedAtMs = expiresAtMs - seconds * 1000;
  const fifthMs = Math.floor((seconds * 20) / 100) * 1000;
  return nowMs > issuedAtMs + longestMs - jitterMs || nowMs > expiresAtMs - fifthMs - jitterMs;
}

export interface TokenManagerDeps {
  request: RequestToken;
  now(): number;
  /** From 0 to 1. */
  random(): number;
  logger: Pick<Logger, 'error'>;
}

export class TokenManager {
  readonly #deps: TokenManagerDeps;
  /** By the pod's uid, and by what is asked for. */
  readonly #tokens = new Map<string, Map<string, IssuedToken>>();

  constructor(deps: TokenManagerDeps) {
    this.#deps = deps;
  }

  /** The pod's token. Rejects when there is none that is good. */
  async get(pod: Pod, source: TokenSource): Promise<string> {
    const { request, now, random, logger } = this.#deps;
    const uid = pod.metadata.uid ?? '';
    const key = JSON.stringify([source.audience, source.expirationSeconds]);
    const known = this.#tokens.get(uid)?.get(key);
    if (known && !needsRefresh(known, now(), random() * longestJitterMs)) return known.token;
    try {
      const issued = await request(pod, source);
      if (!this.#tokens.has(uid)) this.#tokens.set(uid, new Map());
      this.#tokens.get(uid)!.set(key, issued);
      return issued.token;
    } catch (error) {
      const { message } = error as Error;
      if (!known) throw new Error(`failed to fetch token: ${message}`, { cause: error });
      if (now() > known.expiresAtMs) throw new Error(`token expired and refresh failed: ${message}`, { cause: error });
      const { namespace, name } = pod.metadata;
      logger.error({ err: error, pod: `${namespace}/${name}` }, 'Cannot replace a token, which is good still');
      return known.token;
    }
  }

  /** The pod is gone. */
  forget(uid: string): void {
    this.#tokens.delete(uid);
  }
}

/** Asks by TokenRequest, for a token that ends with the pod. */
export const requestTokenFrom =
  (client: RestClient): RequestToken =>
  async ({ metadata, spec }, { audience, expirationSeconds }) => {
    const answer = await client.json<{ spec: { expirationSeconds: number }; status: Status }>({
      method: 'POST',
      path: client.of(serviceaccounts).path(metadata.namespace, spec?.serviceAccountName, 'token'),
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: {
          audiences: audience ? [audience] : [],
          expirationSeconds,
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid },
        },
      },
    });
    const { token, expirationTimestamp } = answer.status;
    return { token, seconds: answer.spec.expirationSeconds, expiresAtMs: Date.parse(expirationTimestamp) };
  };

interface Status {
  token: string;
  expirationTimestamp: string;
}
