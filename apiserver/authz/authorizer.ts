/**
 * Authorization: may this user do this? Several authorizers are asked in turn, and the first that allows settles it; what none
 * of them allows is refused. They decide from caches, so a decision needs no promise.
 *
 * Upstream: apiserver/pkg/authorization/{authorizer,union,authorizerfactory}
 */
import { fullAuthority } from '../../api/rbac/covers.ts';
import type { PolicyRule } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import type { RequestInfo } from '../request/info.ts';

/** What a user wants to do: a request, or a review's question about one. */
export type Access = Pick<
  RequestInfo,
  'isResource' | 'path' | 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name'
> &
  Partial<Pick<RequestInfo, 'fieldSelector' | 'labelSelector'>>;

export interface Decision {
  allowed: boolean;
  /** Why; the empty string where there is nothing to say. */
  reason: string;
}

/** What a user may do, as far as rules can say it. */
export interface UserRules {
  rules: PolicyRule[];
  /** There is more than these rules say. */
  incomplete: boolean;
  /** What went wrong with finding them; the empty string where nothing did. */
  error: string;
}

export interface Authorizer {
  decide(user: User, access: Access): Decision;
  /** For authorizers that know rules: those of a user in a namespace, cluster-wide ones among them. */
  rulesFor?(user: User, namespace: string): UserRules;
}

/** Asks each in turn. A refusal has the reasons of all. */
export class AuthorizerChain implements Authorizer {
  readonly #authorizers: readonly Authorizer[];

  constructor(authorizers: readonly Authorizer[]) {
    this.#authorizers = authorizers;
  }

  decide(user: User, access: Access): Decision {
    const reasons: string[] = [];
    for (const authorizer of this.#authorizers) {
      const decision = authorizer.decide(user, access);
      if (decision.allowed) return decision;
      if (decision.reason) reasons.push(decision.reason);
    }
    return { allowed: false, reason: reasons.join('; ') };
  }

  rulesFor(user: User, namespace: string): UserRules {
    const all = this.#authorizers.flatMap((authorizer) => authorizer.rulesFor?.(user, namespace) ?? []);
    return {
      rules: all.flatMap(({ rules }) => rules),
      incomplete: all.some(({ incomplete }) => incomplete),
      error: all.flatMap(({ error }) => error || []).join('; '),
    };
  }
}

export const mastersGroup = 'system:masters';

/** The group that may do everything, whatever roles there are. */
export const privilegedGroup: Authorizer = {
  decide: ({ groups }) => ({ allowed: groups.includes(mastersGroup), reason: '' }),
};

export const alwaysAllow: Authorizer = {
  decide: () => ({ allowed: true, reason: '' }),
  rulesFor: () => ({ rules: [...fullAuthority], incomplete: false, error: '' }),
};

export const alwaysDeny: Authorizer = {
  decide: () => ({ allowed: false, reason: 'Everything is forbidden.' }),
};
