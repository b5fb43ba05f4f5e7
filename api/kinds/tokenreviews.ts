/** TokenReview: the question who the bearer of a token is. Nothing is stored. Upstream: pkg/registry/authentication/tokenreview */
import type { Kind } from '../kind.ts';
import type { TokenReview } from '../types.ts';

export const tokenreviews: Kind<TokenReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  singular: 'tokenreview',
  namespaced: false,
  schema: 'io.k8s.api.authentication.v1.TokenReview',
  unstored: { verbs: ['create'] },
};
