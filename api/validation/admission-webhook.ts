/** The rules of webhooks that are asked about requests. Upstream: pkg/apis/admissionregistration/validation */
import { type FieldError, field } from '../errors.ts';
import { dns1123SubdomainErrors } from '../names.ts';
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../types.ts';
import { validateMatchConditions } from './admission-expressions.ts';
import { matchPolicies, validateRule } from './admission-rules.ts';
import { duplicates, each, oneOf } from './checks.ts';
import { validateLabelSelector } from './label-selector.ts';
import { reviewVersions, validateReviewVersions, validateWebhookClient } from './webhook-client.ts';

type ValidatingWebhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type MutatingWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];
type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

/** What a webhook that fails means for the request, or a policy. */
export const failurePolicies = ['Fail', 'Ignore'];
export const reinvocationPolicies = ['IfNeeded', 'Never'];
/** Webhooks with others could not be asked about a dry run. */
const sideEffectClasses = ['None', 'NoneOnDryRun'];

export const validateWebhooks = (path: string, webhooks: readonly Webhook[] = []): FieldError[] => [
  ...each(path, webhooks, validateWebhook),
  ...duplicates(path, webhooks, 'name', ({ name }) => name),
];

function validateWebhook(path: string, webhook: Webhook): FieldError[] {
  const { timeoutSeconds: timeout = 10, sideEffects } = webhook;
  return [
    ...validateFullName(`${path}.name`, webhook.name),
    ...each(`${path}.rules`, webhook.rules, validateRule),
    ...oneOf(`${path}.failurePolicy`, webhook.failurePolicy, failurePolicies),
    ...oneOf(`${path}.matchPolicy`, webhook.matchPolicy, matchPolicies),
    ...(sideEffects === undefined
      ? [field.required(`${path}.sideEffects`, `must specify one of ${sideEffectClasses.join(', ')}`)]
      : oneOf(`${path}.sideEffects`, sideEffects, sideEffectClasses)),
    ...(timeout < 1 || timeout > 30
      ? [field.invalid(`${path}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds')]
      : []),
    ...validateLabelSelector(`${path}.namespaceSelector`, webhook.namespaceSelector),
    ...validateLabelSelector(`${path}.objectSelector`, webhook.objectSelector),
    ...oneOf(`${path}.reinvocationPolicy`, webhook.reinvocationPolicy, reinvocationPolicies),
    ...validateWebhookClient(`${path}.clientConfig`, webhook.clientConfig ?? {}),
    ...validateMatchConditions(`${path}.matchConditions`, webhook.matchConditions, false),
    ...validateReviewVersions(
      `${path}.admissionReviewVersions`,
      webhook.admissionReviewVersions,
      `must specify one of ${reviewVersions.join(', ')}`,
    ),
  ];
}

/** A domain of three labels at least: `check.example.com`. */
function validateFullName(path: string, name: string | undefined): FieldError[] {
  if (!name) return [field.required(path)];
  const errors = dns1123SubdomainErrors(name);
  if (errors.length > 0) return [field.invalid(path, name, errors.join(','))];
  if (name.split('.').length >= 3) return [];
  return [field.invalid(path, name, 'should be a domain with at least three segments separated by dots')];
}
