/** LocalSubjectAccessReview: the question whether somebody may do something in the namespace. Nothing is stored. Upstream: pkg/registry/authorization/localsubjectaccessreview */
import type { Kind } from '../kind.ts';
import type { LocalSubjectAccessReview } from '../types.ts';
import { authorizationGroup, validateLocalSubjectAccessReview } from '../validation/access-review.ts';

export const localsubjectaccessreviews: Kind<LocalSubjectAccessReview> = {
  group: authorizationGroup,
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  singular: 'localsubjectaccessreview',
  namespaced: true,
  schema: 'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  unstored: { verbs: ['create'] },
  validate: validateLocalSubjectAccessReview,
};
