/**
 * SelfSubjectReview: the question who the server takes one for. Nothing is stored. Upstream: pkg/registry/authentication/selfsubjectreview
 */
import type { Kind } from '../kind.ts';
import type { SelfSubjectReview } from '../types.ts';

export const selfsubjectreviews: Kind<SelfSubjectReview> = {
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  singular: 'selfsubjectreview',
  namespaced: false,
  schema: 'io.k8s.api.authentication.v1.SelfSubjectReview',
  unstored: { verbs: ['create'] },
};

/** The same question in the only version in which kubectl 1.27 asks it. */
export const selfsubjectreviewsV1beta1: Kind<SelfSubjectReview> = { ...selfsubjectreviews, version: 'v1beta1' };
