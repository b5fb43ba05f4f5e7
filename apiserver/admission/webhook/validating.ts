/**
 * ValidatingAdmissionWebhook: webhooks that may refuse a request. All that it concerns are asked at once.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/validating
 */
import type { Registry } from '../../registry/registry.ts';
import type { Versioned } from '../matching/equivalent.ts';
import { isExempt } from '../matching/match.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import { ask } from './ask.ts';
import { underFailurePolicy } from './failure-policy.ts';
import type { Hook } from './hook.ts';
import { Hooks } from './hooks.ts';
import { select } from './select.ts';

export function validatingWebhooks({ resources, logger }: Pick<Registry, 'resources' | 'logger'>): AdmissionPlugin {
  const hooks = new Hooks(resources, 'validatingwebhookconfigurations');

  const dispatch = async (all: readonly Hook[], admission: Admission): Promise<void> => {
    const concerned: [Hook, Versioned][] = [];
    for (const hook of all) {
      const versioned = await select(hook, admission);
      if (versioned) concerned.push([hook, versioned]);
    }
    const answers = await Promise.allSettled(
      concerned.map(([hook, versioned], i) => asked(hook, admission, versioned, `round_0_index_${i}`)),
    );
    const refused = answers.find((answer) => answer.status === 'rejected');
    if (refused) throw refused.reason;
  };

  /** `place` says which call this is, for the audit. */
  const asked = async (hook: Hook, admission: Admission, versioned: Versioned, place: string): Promise<void> => {
    const verdict = await underFailurePolicy(hook, 'validating', admission, logger, () =>
      ask(hook, admission, versioned, false),
    );
    if (verdict) return;
    const annotation = `failed-open.validating.webhook.admission.k8s.io/${place}`;
    admission.options.auditAnnotations[annotation] = hook.name;
  };

  return {
    name: 'ValidatingAdmissionWebhook',
    validate(admission) {
      const all = hooks.all();
      return all.length === 0 || isExempt(admission) ? undefined : dispatch(all, admission);
    },
  };
}
