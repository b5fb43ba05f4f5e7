/**
 * Webhooks, ready to be asked: of each configuration its webhooks in order, with selectors, conditions and connection made once
 * for each change of it.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/accessors.go, apiserver/pkg/admission/configuration
 */
import type { Program } from '../../../api/cel/compile.ts';
import type { KubeObject, MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../../../api/types.ts';
import type { Resources } from '../../registry/resources.ts';
import { WebhookClient } from '../../webhook/client.ts';
import { compileConditions } from '../matching/conditions.ts';
import { type Criteria, criteriaOf } from '../matching/match.ts';
import { type ReviewVersion, reviewVersionOf } from './review.ts';

type ValidatingWebhook = NonNullable<ValidatingWebhookConfiguration['webhooks']>[number];
type MutatingWebhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];
type Configured = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>;

export interface Hook {
  /** Name of the configuration, and of the webhook in it. */
  configuration: string;
  name: string;
  criteria: Criteria;
  /** Compiled when it is first asked. Throws a CompileError for one that an earlier server let pass. */
  conditions(): readonly Program[];
  /** A webhook that cannot be asked is passed over. */
  ignoreFailure: boolean;
  /** It can be asked about what will not be written. */
  dryRun: boolean;
  /** It is asked again when another has changed the object after it. */
  reinvoke: boolean;
  version: ReviewVersion;
  client: WebhookClient;
}

/** An answer carries a patch at most. */
const maxAnswerBytes = 8 * 1024 * 1024;

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The webhooks of a configuration. */
export function hooksOf(resources: Resources, configuration: KubeObject): Hook[] {
  const { metadata, webhooks = [] } = configuration as KubeObject & { webhooks?: Configured[] };
  return webhooks.map((webhook) => ({
    configuration: metadata.name ?? '',
    name: webhook.name,
    criteria: criteriaOf({ ...webhook, resourceRules: webhook.rules ?? [] }),
    conditions: once(() => compileConditions(webhook.matchConditions, false)),
    ignoreFailure: webhook.failurePolicy === 'Ignore',
    dryRun: webhook.sideEffects === 'None' || webhook.sideEffects === 'NoneOnDryRun',
    reinvoke: webhook.reinvocationPolicy === 'IfNeeded',
    version: reviewVersionOf(webhook.admissionReviewVersions),
    client: new WebhookClient(resources, webhook.clientConfig, {
      timeoutSeconds: webhook.timeoutSeconds ?? 10,
      maxAnswerBytes,
    }),
  }));
}
