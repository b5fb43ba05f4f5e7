/** SelfSubjectRulesReview: the question what one may do in a namespace. Nothing is stored. Upstream: pkg/registry/authorization/selfsubjectrulesreview */
import type { Kind } from '../kind.ts';
import type { SelfSubjectRulesReview } from '../types.ts';
import { authorizationGroup } from '../validation/access-review.ts';

export const selfsubjectrulesreviews: Kind<SelfSubjectRulesReview> = {
  group: authorizationGroup,
  version: 'v1',
  kind: 'SelfSubjectRulesReview',
  plural: 'selfsubjectrulesreviews',
  singular: 'selfsubjectrulesreview',
  namespaced: false,
  schema: 'io.k8s.api.authorization.v1.SelfSubjectRulesReview',
  unstored: { verbs: ['create'] },
};
