/**
 * ValidatingWebhookConfiguration: who is asked whether a request may pass.
 * Upstream: pkg/registry/admissionregistration/validatingwebhookconfiguration/strategy.go
 */
import { setWebhookDefaults } from '../defaults/admission.ts';
import type { Kind } from '../kind.ts';
import type { ValidatingWebhookConfiguration } from '../types.ts';
import { validateWebhooks } from '../validation/admission-webhook.ts';
import { webhooksColumn } from './admission-columns.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const validatingwebhookconfigurations: Kind<ValidatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingWebhookConfiguration',
  plural: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration',
  categories: ['api-extensions'],
  generation: 'all',
  versionedUpdate: true,
  setDefaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) setWebhookDefaults(webhook);
  },
  validate: ({ webhooks }) => validateWebhooks('webhooks', webhooks),
  columns: [nameColumn, webhooksColumn, ageColumn],
};
