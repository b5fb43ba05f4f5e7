/**
 * MutatingAdmissionWebhook: webhooks that may change an object, one after another, and refuse it. What one changes, those before it
 * that want to know are asked about once more.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/mutating
 */
import type { Registry } from '../../registry/registry.ts';
import type { Versioned } from '../matching/equivalent.ts';
import { isExempt } from '../matching/match.ts';
import { Reinvocations } from '../matching/reinvocation.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import { applyPatch, operationsOf } from './apply-patch.ts';
import { ask } from './ask.ts';
import { underFailurePolicy } from './failure-policy.ts';
import type { Hook } from './hook.ts';
import { Hooks } from './hooks.ts';
import { select } from './select.ts';

const idOf = ({ configuration, name }: Hook): string => `${configuration}/${name}`;

export function mutatingWebhooks({ resources, logger }: Pick<Registry, 'resources' | 'logger'>): AdmissionPlugin {
  const hooks = new Hooks(resources, 'mutatingwebhookconfigurations');
  const reinvocations = new Reinvocations();

  const dispatch = async (all: readonly Hook[], admission: Admission): Promise<void> => {
    const rounds = reinvocations.of(admission);
    rounds.begin();
    for (const [index, hook] of all.entries()) {
      const versioned = await select(hook, admission);
      if (!versioned || !rounds.concerns(idOf(hook))) continue;
      const changed = await asked(hook, admission, versioned, `round_${rounds.second ? 1 : 0}_index_${index}`);
      rounds.asked(idOf(hook), { changed, reinvoke: hook.reinvoke });
    }
    rounds.end();
  };

  /** Whether it has changed the object. `place` says which call this is, for the audit. */
  const asked = async (hook: Hook, admission: Admission, versioned: Versioned, place: string): Promise<boolean> => {
    const { configuration, name: webhook } = hook;
    const { auditAnnotations, audit } = admission.options;
    const annotation = `mutation.webhook.admission.k8s.io/${place}`;
    const change = async (): Promise<boolean> => {
      const operations = operationsOf(hook, await ask(hook, admission, versioned, true));
      if (operations.length === 0) return false;
      const changed = await applyPatch(hook, admission, versioned, operations);
      if (audit?.wantsRequest) {
        const patched = { configuration, webhook, patch: operations, patchType: 'JSONPatch' };
        auditAnnotations[`patch.webhook.admission.k8s.io/${place}`] = JSON.stringify(patched);
      }
      return changed;
    };
    let mutated: boolean | undefined = false;
    try {
      mutated = await underFailurePolicy(hook, 'admit', admission, logger, change);
      if (mutated === undefined) auditAnnotations[`failed-open.${annotation}`] = webhook;
      return mutated === true;
    } finally {
      auditAnnotations[annotation] = JSON.stringify({ configuration, webhook, mutated: mutated === true });
    }
  };

  return {
    name: 'MutatingAdmissionWebhook',
    mutate(admission) {
      const all = hooks.all();
      return all.length === 0 || isExempt(admission) ? undefined : dispatch(all, admission);
    },
  };
}
