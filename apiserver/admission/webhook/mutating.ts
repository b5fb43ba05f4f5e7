/**
 * MutatingAdmissionWebhook: webhooks that may change an object, one after another, and refuse it. What one changes, those before it
 * that want to know are asked about once more.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/mutating
 */
import { cloneJson, isEqual } from '../../../api/patch/json.ts';
import type { KubeObject } from '../../../api/types.ts';
import type { Registry } from '../../registry/registry.ts';
import { isExempt } from '../matching/match.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import { applyPatch, operationsOf } from './apply-patch.ts';
import { ask } from './ask.ts';
import { underFailurePolicy } from './failure-policy.ts';
import type { Hook } from './hook.ts';
import { Hooks } from './hooks.ts';
import type { Versioned } from './review.ts';
import { select } from './select.ts';

/** What the first round leaves to the second. */
interface Rounds {
  /** Asked so far, and want to know of later changes. */
  invoked: Set<string>;
  /** To be asked again, because something has changed after them. */
  again: Set<string>;
  output: KubeObject | undefined;
}

const idOf = ({ configuration, name }: Hook): string => `${configuration}/${name}`;

/** All who have been asked must be asked again. */
function askAgain(rounds: Rounds): void {
  for (const id of rounds.invoked) rounds.again.add(id);
  rounds.invoked.clear();
}

export function mutatingWebhooks({ resources, logger }: Pick<Registry, 'resources' | 'logger'>): AdmissionPlugin {
  const hooks = new Hooks(resources, 'mutatingwebhookconfigurations');
  const known = new WeakMap<Admission, Rounds>();

  const dispatch = async (all: readonly Hook[], admission: Admission): Promise<void> => {
    const second = admission.again === 'running';
    const rounds = known.get(admission) ?? { invoked: new Set(), again: new Set(), output: undefined };
    known.set(admission, rounds);
    // Plugins of the server itself have changed the object in their second round.
    if (second && !isEqual(rounds.output, admission.object)) askAgain(rounds);
    for (const [index, hook] of all.entries()) {
      const versioned = await select(hook, admission);
      if (!versioned || (second && !rounds.again.has(idOf(hook)))) continue;
      if (await asked(hook, admission, versioned, `round_${second ? 1 : 0}_index_${index}`)) {
        askAgain(rounds);
        if (!second) admission.again = 'wanted';
      }
      if (hook.reinvoke) rounds.invoked.add(idOf(hook));
    }
    if (!second && all.some(({ reinvoke }) => reinvoke)) rounds.output = cloneJson(admission.object);
  };

  /** Whether it has changed the object. `place` says which call this is, for the audit. */
  const asked = async (hook: Hook, admission: Admission, versioned: Versioned, place: string): Promise<boolean> => {
    const { configuration, name: webhook } = hook;
    const { auditAnnotations } = admission.options;
    const annotation = `mutation.webhook.admission.k8s.io/${place}`;
    const change = async (): Promise<boolean> => {
      const operations = operationsOf(hook, await ask(hook, admission, versioned, true));
      if (operations.length === 0) return false;
      const changed = await applyPatch(hook, admission, versioned, operations);
      const patched = { configuration, webhook, patch: operations, patchType: 'JSONPatch' };
      auditAnnotations[`patch.webhook.admission.k8s.io/${place}`] = JSON.stringify(patched);
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
