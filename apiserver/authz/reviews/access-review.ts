/**
 * POST of a SubjectAccessReview in any of its forms: may they do this? The authorizers are asked as they are about a request.
 *
 * Upstream: pkg/registry/authorization/{subjectaccessreview,selfsubjectaccessreview,localsubjectaccessreview}
 */
import type { AccessReviewSpec, AccessReviewStatus, KubeObject } from '../../../api/types.ts';
import type { User } from '../../authn/user.ts';
import type { Handler } from '../../handlers/handler.ts';
import type { Authorizer } from '../authorizer.ts';
import { questionOf } from './attributes.ts';
import { answerReview, readReview } from './review.ts';

type Review = KubeObject & { spec: AccessReviewSpec };

/** About somebody; in a namespace, about that namespace. */
export const createAccessReview: Handler = async (registry, resource, call) => {
  const review = await readReview<Review>(registry, resource, call);
  const { user = '', groups = [], uid, extra } = review.spec;
  const subject: User = { name: user, groups, ...(uid && { uid }), ...(extra && { extra }) };
  return answerReview(call, resource, { ...review, status: statusOf(registry.authorizer, subject, review.spec) });
};

/** About the caller. */
export const createSelfAccessReview: Handler = async (registry, resource, call) => {
  const review = await readReview<Review>(registry, resource, call);
  return answerReview(call, resource, { ...review, status: statusOf(registry.authorizer, call.user, review.spec) });
};

function statusOf(authorizer: Authorizer, user: User, spec: AccessReviewSpec): AccessReviewStatus {
  const { access, ignored } = questionOf(spec);
  const { allowed, reason } = authorizer.decide(user, access);
  return { allowed, ...(reason && { reason }), ...(ignored.length > 0 && { evaluationError: ignored.join('; ') }) };
}
