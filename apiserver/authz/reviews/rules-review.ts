/**
 * POST of a SelfSubjectRulesReview: what may I do in this namespace? The list is for people to look at; only a request, or a
 * SelfSubjectAccessReview, tells for certain.
 *
 * Upstream: pkg/registry/authorization/selfsubjectrulesreview
 */
import { badRequest } from '../../../api/errors.ts';
import type { PolicyRule, SelfSubjectRulesReview } from '../../../api/types.ts';
import type { Handler } from '../../handlers/handler.ts';
import { answerReview, readReview } from './review.ts';

const nothing = { rules: [], incomplete: false, error: '' };

export const createRulesReview: Handler = async (registry, resource, call) => {
  const { spec } = await readReview<SelfSubjectRulesReview>(registry, resource, call);
  if (!spec?.namespace) throw badRequest('no namespace on request');
  const { rules, incomplete, error } = registry.authorizer.rulesFor?.(call.user, spec.namespace) ?? nothing;
  return answerReview(call, resource, {
    metadata: {},
    spec: {},
    status: {
      resourceRules: rules.filter((rule) => rule.resources?.length).map(resourceRule),
      nonResourceRules: rules.filter((rule) => rule.nonResourceURLs?.length).map(nonResourceRule),
      incomplete,
      ...(error && { evaluationError: error }),
    },
  });
};

const resourceRule = ({ verbs, apiGroups, resources, resourceNames }: PolicyRule) => ({
  verbs,
  apiGroups,
  resources,
  ...(resourceNames?.length && { resourceNames }),
});

const nonResourceRule = ({ verbs, nonResourceURLs }: PolicyRule) => ({ verbs, nonResourceURLs });
