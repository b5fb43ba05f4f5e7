/**
 * The kinds that are not stored, by resource: what answers each verb on the collection and on one object. Another is a file and
 * a line here, and a declaration with `unstored` for discovery.
 */
import type { AnyKind } from '../../api/kinds/all.ts';
import { createSelfSubjectReview, createTokenReview } from '../authn/reviews.ts';
import { createAccessReview, createSelfAccessReview } from '../authz/reviews/access-review.ts';
import { createRulesReview } from '../authz/reviews/rules-review.ts';
import { getComponentStatus, listComponentStatuses } from '../component-status/handlers.ts';
import { createLegacyBinding } from '../subresources/binding.ts';
import type { Handler } from './handler.ts';

type Verbs = Record<string, Handler>;

const byName: Record<string, { collection?: Verbs; object?: Verbs }> = {
  'selfsubjectreviews.authentication.k8s.io': { collection: { create: createSelfSubjectReview } },
  'tokenreviews.authentication.k8s.io': { collection: { create: createTokenReview } },
  'localsubjectaccessreviews.authorization.k8s.io': { collection: { create: createAccessReview } },
  'selfsubjectaccessreviews.authorization.k8s.io': { collection: { create: createSelfAccessReview } },
  'selfsubjectrulesreviews.authorization.k8s.io': { collection: { create: createRulesReview } },
  'subjectaccessreviews.authorization.k8s.io': { collection: { create: createAccessReview } },
  bindings: { collection: { create: createLegacyBinding } },
  componentstatuses: { collection: { list: listComponentStatuses }, object: { get: getComponentStatus } },
};

/** The handlers by verb; undefined for a path that the kind does not have. */
export function unstored({ group, plural }: AnyKind, name: string, parts: readonly string[]): Verbs | undefined {
  const found = byName[group ? `${plural}.${group}` : plural];
  if (!found) throw new Error(`${plural}: not stored, and nothing answers for it`);
  if (parts.length > 2) return undefined;
  return name === '' ? found.collection : found.object;
}
