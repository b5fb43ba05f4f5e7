/**
 * Who may use the kubelet's API: the API server is asked, by SubjectAccessReview, and its answers are kept for a while.
 *
 * Upstream: pkg/kubelet/server/server.go (InstallAuthFilter), apiserver/plugin/pkg/authorizer/webhook
 */
import type { SubjectAccessReview } from '../../../api/types.ts';
import { HttpError } from '../http-error.ts';
import type { NodeAttributes } from './attributes.ts';
import { ExpiringCache } from './expiring-cache.ts';
import type { User } from './user.ts';

export interface AuthorizationOptions {
  nodeName: string;
  /** Asks the API server; undefined where everybody who is known may do everything. */
  reviewAccess: ((review: SubjectAccessReview) => Promise<SubjectAccessReview>) | undefined;
  /** How long its answers are kept. */
  allowedCacheMs: number;
  deniedCacheMs: number;
  now(): number;
}

export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #answers: ExpiringCache<boolean>;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.#answers = new ExpiringCache(options.now);
  }

  /** Passes, or rejects with a 403; with a 500 when the API server cannot be asked. */
  async authorize(user: User, { verb, subresources }: NodeAttributes): Promise<void> {
    for (const subresource of subresources) {
      const what = `user=${user.name}, verb=${verb}, resource=nodes, subresource=${subresource}`;
      const allowed = await this.#allows(user, verb, subresource).catch((cause) => {
        throw new HttpError(500, `Authorization error (${what})`, { cause });
      });
      if (allowed) return;
    }
    const all = `[${subresources.join(' ')}]`;
    throw new HttpError(403, `Forbidden (user=${user.name}, verb=${verb}, resource=nodes, subresource(s)=${all})`);
  }

  async #allows({ name, ...rest }: User, verb: string, subresource: string): Promise<boolean> {
    const { nodeName, reviewAccess, allowedCacheMs, deniedCacheMs } = this.#options;
    if (!reviewAccess) return true;
    const resourceAttributes = { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName };
    const spec = { user: name, ...rest, resourceAttributes };
    const ask = async (): Promise<boolean> => (await reviewAccess({ metadata: {}, spec })).status?.allowed === true;
    return this.#answers.get(JSON.stringify(spec), ask, (allowed) => (allowed ? allowedCacheMs : deniedCacheMs));
  }
}
