/**
 * Authorization: may this user do this? Several authorizers are asked in turn, and the first that allows settles it; what none
 * of them allows is refused. They decide from caches, so a decision needs no promise.
 *
 * Upstream: apiserver/pkg/authorization/{authorizer,union}
 */
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

export interface Authorizer {
  decide(user: User, access: Access): Decision;
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
}

/** The group that may do everything, whatever roles there are. Upstream: authorizerfactory.NewPrivilegedGroups */
export const privilegedGroup: Authorizer = {
  decide: ({ groups }) => ({ allowed: groups.includes('system:masters'), reason: '' }),
};
