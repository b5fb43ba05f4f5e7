/**
 * MutatingWebhookConfiguration: who may change an object before it is stored.
 * Upstream: pkg/registry/admissionregistration/mutatingwebhookconfiguration/strategy.go
 */
import { setWebhookDefaults } from '../defaults/admission.ts';
import type { Kind } from '../kind.ts';
import type { MutatingWebhookConfiguration } from '../types.ts';
import { validateWebhooks } from '../validation/admission-webhook.ts';
import { webhooksColumn } from './admission-columns.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const mutatingwebhookconfigurations: Kind<MutatingWebhookConfiguration> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingWebhookConfiguration',
  plural: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration',
  categories: ['api-extensions'],
  generation: 'all',
  versionedUpdate: true,
  setDefaults: ({ webhooks }) => {
    for (const webhook of webhooks ?? []) {
      setWebhookDefaults(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  validate: ({ webhooks }) => validateWebhooks('webhooks', webhooks),
  columns: [nameColumn, webhooksColumn, ageColumn],
};
