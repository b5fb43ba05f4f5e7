/**
 * MutatingAdmissionPolicy: policies in CEL that change an object, one after another. What one changes, those before it that want to
 * know are asked about once more.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/mutating/{plugin,dispatcher}.go
 */
import { ApiError, forbidden } from '../../../api/errors.ts';
import { isEqual } from '../../../api/patch/json.ts';
import type { KubeObject, MutatingAdmissionPolicy } from '../../../api/types.ts';
import type { Registry } from '../../registry/registry.ts';
import { RequestBindings } from '../matching/bindings.ts';
import { isOwnKind, versionedFor } from '../matching/equivalent.ts';
import { ExpressionError, OutOfBudgetError } from '../matching/evaluation.ts';
import { isExempt } from '../matching/match.ts';
import { type Reinvocation, Reinvocations } from '../matching/reinvocation.ts';
import { takeMutated } from '../matching/take-mutated.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import type { Binding } from './binding.ts';
import { type Hook, Hooks } from './hooks.ts';
import { compileMutatingPolicy, concerns, type MutatingPolicy, MutationError, mutate } from './mutating-policy.ts';
import { type Invocation, select } from './select.ts';

/** Why a policy refuses the request that it cannot change. */
interface Failure {
  policy: string;
  binding: string | undefined;
  message: string;
  reason: 'Forbidden' | 'Invalid';
}

/** The plugin. */
export function mutatingPolicies({ resources }: Pick<Registry, 'resources'>): AdmissionPlugin {
  const hooks = new Hooks(resources, 'mutating', (policy) => compileMutatingPolicy(policy as MutatingAdmissionPolicy));
  const reinvocations = new Reinvocations();
  return {
    name: 'MutatingAdmissionPolicy',
    mutate(admission) {
      const all = hooks.all();
      if (all.length === 0 || isExempt(admission)) return undefined;
      return dispatch(all, admission, reinvocations.of(admission));
    },
  };
}

async function dispatch(
  hooks: readonly Hook<MutatingPolicy>[],
  admission: Admission,
  rounds: Reinvocation,
): Promise<void> {
  const failures: Failure[] = [];
  const invocations: Invocation<MutatingPolicy>[] = [];
  // Who is asked depends on what the request brings, and not on what policies make of it.
  for (const hook of hooks) {
    const selected = await select(hook, admission);
    invocations.push(...selected.invocations);
    if (hook.policy.ignoreFailure) continue;
    for (const { policy, binding, why } of selected.misconfigured) {
      failures.push({ policy: policy.name, binding: binding?.name, message: why, reason: 'Forbidden' });
    }
  }
  rounds.begin();
  for (const invocation of invocations) failures.push(...(await invoke(invocation, admission, rounds)));
  rounds.end();
  if (failures.length > 0) throw refusalOf(admission, failures);
}

async function invoke(
  { policy, binding, versioned: { target }, params }: Invocation<MutatingPolicy>,
  admission: Admission,
  rounds: Reinvocation,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const param of params) {
    const { namespace = '', name = '' } = param?.metadata ?? {};
    const id = `${policy.name}/${binding.name}/${namespace}/${name}`;
    if (!rounds.concerns(id)) continue;
    const attempt = async (make: () => Promise<boolean>): Promise<boolean> => {
      try {
        return await make();
      } catch (error) {
        failures.push(failureOf(policy, binding, error));
        return false;
      }
    };
    const asked = await attempt(async () =>
      concerns(policy, new RequestBindings(admission, await versionedFor(target, admission)), param),
    );
    if (!asked) continue;
    let changed = false;
    for (const mutation of admission.object ? policy.mutations : []) {
      const one = await attempt(() => mutateOnce(policy, mutation, admission, target, param));
      changed ||= one;
    }
    rounds.asked(id, { changed, reinvoke: policy.reinvoke });
  }
  return policy.ignoreFailure ? [] : failures;
}

/** Whether the mutation has changed the object. */
async function mutateOnce(
  policy: MutatingPolicy,
  mutation: MutatingPolicy['mutations'][number],
  admission: Admission,
  target: Invocation<MutatingPolicy>['versioned']['target'],
  param: KubeObject | undefined,
): Promise<boolean> {
  const versioned = await versionedFor(target, admission);
  const object = versioned.object!;
  const type = isOwnKind(admission) ? target.type : admission.type;
  if (!type) throw new MutationError('the type of the object is not known');
  const mutated = mutate(policy, mutation, new RequestBindings(admission, versioned), param, {
    object,
    shape: type.shape,
  });
  if (isEqual(mutated, object)) return false;
  await takeMutated(admission, target, mutated);
  return true;
}

/** Throws what is no matter of the policy. */
function failureOf(policy: MutatingPolicy, binding: Binding, error: unknown): Failure {
  const known = [MutationError, ExpressionError, OutOfBudgetError].some((kind) => error instanceof kind);
  if (!known) throw error;
  return { policy: policy.name, binding: binding.name, message: (error as Error).message, reason: 'Invalid' };
}

const textOf = ({ policy, binding, message }: Failure): string =>
  binding === undefined
    ? `policy "${policy}" denied request: ${message}`
    : `policy '${policy}' with binding '${binding}' denied request: ${message}`;

function refusalOf({ resource, name }: Admission, failures: readonly Failure[]): ApiError {
  const [first] = failures;
  const { code, details } = forbidden(resource.kind, name, '');
  const causes = failures.map((failure) => ({ message: textOf(failure) }));
  return new ApiError(code, first!.reason, textOf(first!), { ...details, causes });
}
