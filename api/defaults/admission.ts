/** What admission webhooks and policies leave out. Upstream: pkg/apis/admissionregistration/v1/defaults.go */
import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../types.ts';
import type { MatchResources } from '../validation/admission-rules.ts';

type Webhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type MutatingWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];

/** What webhooks of both kinds have. */
export function setWebhookDefaults(webhook: Webhook | MutatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.timeoutSeconds ??= 10;
  setMatchDefaults(webhook);
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
  const service = webhook.clientConfig?.service;
  if (service) service.port ??= 443;
}

/** Any object in any namespace, in whichever version it comes. */
function setMatchDefaults(match: Pick<MatchResources, 'matchPolicy' | 'namespaceSelector' | 'objectSelector'>): void {
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
}

/** The requests that a policy or a binding is for. */
export function setMatchResourcesDefaults(match: MatchResources | undefined): void {
  if (!match) return;
  setMatchDefaults(match);
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}
