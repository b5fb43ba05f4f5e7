/**
 * ValidatingAdmissionWebhook: webhooks that may refuse a request. All that it concerns are asked at once.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/validating
 */
import { internalError } from '../../../api/errors.ts';
import type { Registry } from '../../registry/registry.ts';
import { isExempt } from '../matching/match.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import { ask } from './ask.ts';
import { CallError } from './failures.ts';
import type { Hook } from './hook.ts';
import { Hooks } from './hooks.ts';
import type { Versioned } from './review.ts';
import { select } from './select.ts';

export function validatingWebhooks({ resources, logger }: Pick<Registry, 'resources' | 'logger'>): AdmissionPlugin {
  const hooks = new Hooks(resources, 'validatingwebhookconfigurations');

  const dispatch = async (all: readonly Hook[], admission: Admission): Promise<void> => {
    const concerned: [Hook, Versioned][] = [];
    for (const hook of all) {
      const versioned = await select(hook, admission);
      if (versioned) concerned.push([hook, versioned]);
    }
    const answers = await Promise.allSettled(concerned.map(([hook, versioned]) => asked(hook, admission, versioned)));
    const refused = answers.find((answer) => answer.status === 'rejected');
    if (refused) throw refused.reason;
  };

  const asked = async (hook: Hook, admission: Admission, versioned: Versioned): Promise<void> => {
    try {
      await ask(hook, admission, versioned, false);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      logger.warn({ err: error.message, ignored: hook.ignoreFailure }, 'Failed calling a validating webhook');
      if (!hook.ignoreFailure) throw internalError(error.message);
      admission.options.auditAnnotations[`failed-open.validation.webhook.admission.k8s.io/${hook.name}`] = hook.name;
    }
  };

  return {
    name: 'ValidatingAdmissionWebhook',
    validate(admission) {
      const all = hooks.all();
      return all.length === 0 || isExempt(admission) ? undefined : dispatch(all, admission);
    },
  };
}
