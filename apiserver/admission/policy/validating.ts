/**
 * ValidatingAdmissionPolicy: policies in CEL that may refuse a request, warn who has sent it, or note something for the audit.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/validating/{plugin,dispatcher}.go
 */
import { ApiError, forbidden } from '../../../api/errors.ts';
import type { ValidatingAdmissionPolicy } from '../../../api/types.ts';
import type { Registry } from '../../registry/registry.ts';
import { RequestBindings } from '../matching/bindings.ts';
import { isExempt } from '../matching/match.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import type { Binding } from './binding.ts';
import { type Hook, Hooks } from './hooks.ts';
import { select } from './select.ts';
import { compileValidatingPolicy, judge, type Refusal, type ValidatingPolicy } from './validating-policy.ts';

type Denial = Pick<Refusal, 'message' | 'reason'> & { policy: string; binding: string | undefined };

/** The plugin. */
export function validatingPolicies({ resources }: Pick<Registry, 'resources'>): AdmissionPlugin {
  const hooks = new Hooks(resources, 'validating', (policy) =>
    compileValidatingPolicy(policy as ValidatingAdmissionPolicy),
  );
  return {
    name: 'ValidatingAdmissionPolicy',
    validate(admission) {
      const all = hooks.all();
      return all.length === 0 || isExempt(admission) ? undefined : dispatch(all, admission);
    },
  };
}

async function dispatch(hooks: readonly Hook<ValidatingPolicy>[], admission: Admission): Promise<void> {
  const denials: Denial[] = [];
  for (const hook of hooks) denials.push(...(await ask(hook, admission)));
  const [first] = denials;
  if (first) throw refusalOf(admission, first);
}

/** Asks one policy, and does what its bindings say about its refusals, except for denying, which is returned. */
async function ask(hook: Hook<ValidatingPolicy>, admission: Admission): Promise<Denial[]> {
  const { policy } = hook;
  const { invocations, misconfigured } = await select(hook, admission);
  const denials = policy.ignoreFailure
    ? []
    : misconfigured.map(({ binding, why }) => ({
        policy: policy.name,
        binding: binding?.name,
        message: why,
        reason: '',
      }));
  const annotations = new Map<string, Set<string>>();
  for (const { binding, versioned, params } of invocations) {
    const bindings = new RequestBindings(admission, versioned);
    for (const param of params) {
      const verdict = judge(policy, bindings, param);
      for (const refusal of verdict.refusals) {
        if (binding.actions.includes('Deny')) denials.push({ ...refusal, policy: policy.name, binding: binding.name });
        if (binding.actions.includes('Warn')) warn(policy, binding, refusal, admission);
        if (binding.actions.includes('Audit')) note(policy, binding, refusal, admission);
      }
      for (const { key, value } of verdict.annotations) {
        annotations.set(key, (annotations.get(key) ?? new Set()).add(value));
      }
      for (const message of verdict.annotationErrors) {
        denials.push({ policy: policy.name, binding: binding.name, message, reason: '' });
      }
    }
  }
  const { auditAnnotations } = admission.options;
  for (const [key, values] of annotations) auditAnnotations[`${policy.name}/${key}`] = [...values].join(', ');
  return denials;
}

function warn({ name }: ValidatingPolicy, binding: Binding, { message }: Refusal, { options }: Admission): void {
  options.warnings.push(
    `Validation failed for ValidatingAdmissionPolicy '${name}' with binding '${binding.name}': ${message}`,
  );
}

/** The first failure of a request is noted. */
function note(policy: ValidatingPolicy, binding: Binding, { index, message }: Refusal, { options }: Admission): void {
  const failure = {
    message,
    policy: policy.name,
    binding: binding.name,
    expressionIndex: index,
    validationActions: binding.actions,
  };
  options.auditAnnotations['validation.policy.admission.k8s.io/validation_failure'] ??= JSON.stringify([failure]);
}

const codes: Record<string, number> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

function refusalOf({ resource, name, object }: Admission, { policy, binding, message, reason }: Denial): ApiError {
  const by = binding === undefined ? `'${policy}'` : `'${policy}' with binding '${binding}'`;
  const text = `ValidatingAdmissionPolicy ${by} denied request: ${message}`;
  const shown = name || object?.metadata?.name || object?.metadata?.generateName || 'Unknown!';
  const error = forbidden(resource.kind, shown, text);
  return new ApiError(codes[reason] ?? 422, reason || 'Invalid', error.message, {
    ...error.details,
    causes: [{ message: text }],
  });
}
