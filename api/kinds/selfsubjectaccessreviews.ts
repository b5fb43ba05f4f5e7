/** SelfSubjectAccessReview: the question whether one may do something oneself. Nothing is stored. Upstream: pkg/registry/authorization/selfsubjectaccessreview */
import type { Kind } from '../kind.ts';
import type { SelfSubjectAccessReview } from '../types.ts';
import { authorizationGroup, validateSelfSubjectAccessReview } from '../validation/access-review.ts';

export const selfsubjectaccessreviews: Kind<SelfSubjectAccessReview> = {
  group: authorizationGroup,
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  singular: 'selfsubjectaccessreview',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  unstored: { verbs: ['create'] },
  validate: validateSelfSubjectAccessReview,
};
