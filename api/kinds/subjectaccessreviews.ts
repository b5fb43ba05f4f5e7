/** SubjectAccessReview: the question whether somebody may do something. Nothing is stored. Upstream: pkg/registry/authorization/subjectaccessreview */
import type { Kind } from '../kind.ts';
import type { SubjectAccessReview } from '../types.ts';
import { authorizationGroup, validateSubjectAccessReview } from '../validation/access-review.ts';

export const subjectaccessreviews: Kind<SubjectAccessReview> = {
  group: authorizationGroup,
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  singular: 'subjectaccessreview',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SubjectAccessReview',
  unstored: { verbs: ['create'] },
  validate: validateSubjectAccessReview,
};
