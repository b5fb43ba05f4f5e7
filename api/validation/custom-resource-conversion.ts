/**
 * How versions of a custom resource are converted: not at all, or by a webhook, and where that is.
 *
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation validateCustomResourceConversion
 */
import type { Conversion } from '../custom-resource-definition.ts';
import { type FieldError, field } from '../errors.ts';
import { requireOneOf } from './checks.ts';
import { validateReviewVersions, validateWebhookClient } from './webhook-client.ts';

/** What is wrong with the conversion. */
export function validateConversion({ strategy, webhook }: Conversion, path: string): FieldError[] {
  const errors = requireOneOf(`${path}.strategy`, strategy, ['None', 'Webhook']);
  if (strategy !== 'Webhook') {
    return webhook
      ? [...errors, field.forbidden(`${path}.webhook`, 'should not be set when strategy is not set to Webhook')]
      : errors;
  }
  const { clientConfig, conversionReviewVersions = [] } = webhook ?? {};
  return [
    ...errors,
    ...(clientConfig
      ? validateWebhookClient(`${path}.webhookClientConfig`, clientConfig)
      : [field.required(`${path}.webhookClientConfig`, 'required when strategy is set to Webhook')]),
    ...validateReviewVersions(`${path}.conversionReviewVersions`, conversionReviewVersions),
  ];
}
