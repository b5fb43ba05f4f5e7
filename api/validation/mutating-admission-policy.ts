/** What a MutatingAdmissionPolicy changes. Upstream: pkg/apis/admissionregistration/validation */
import type { AdmissionScope } from '../cel/admission-environment.ts';
import { type FieldError, field } from '../errors.ts';
import type { MutatingAdmissionPolicy } from '../types.ts';
import { checkExpression, checkVariables } from './admission-expressions.ts';
import { validatePolicy } from './admission-policy.ts';
import { validateMutable } from './admission-rules.ts';
import { reinvocationPolicies } from './admission-webhook.ts';
import { each, requireOneOf } from './checks.ts';

type Spec = NonNullable<MutatingAdmissionPolicy['spec']>;
type Mutation = NonNullable<Spec['mutations']>[number];

/** Types of patches, the field of each, and the type of its result. */
const patchTypes = {
  ApplyConfiguration: { member: 'applyConfiguration', result: 'Object' },
  JSONPatch: { member: 'jsonPatch', result: 'list<JSONPatch>' },
} as const;

/** The policy. */
export function validateMutatingPolicy(path: string, spec: Spec): FieldError[] {
  const { scope, errors } = checkVariables(`${path}.variables`, spec.variables, spec.paramKind !== undefined);
  const { mutations = [] } = spec;
  return [
    ...validatePolicy(path, spec),
    ...validateMutable(`${path}.matchConstraints`, spec.matchConstraints),
    ...errors,
    ...(mutations.length === 0
      ? [field.required(`${path}.mutations`, 'mutations must contain at least one item')]
      : []),
    ...each(`${path}.mutations`, mutations, (at, mutation) =>
      validateMutation(at, mutation, { ...scope, patches: true }),
    ),
    ...requireOneOf(`${path}.reinvocationPolicy`, spec.reinvocationPolicy, reinvocationPolicies),
  ];
}

/** The patch of its type, and no other. */
function validateMutation(path: string, mutation: Mutation, scope: AdmissionScope): FieldError[] {
  const { patchType } = mutation;
  const errors = requireOneOf(`${path}.patchType`, patchType, Object.keys(patchTypes));
  if (errors.length > 0) return errors;
  return Object.entries(patchTypes).flatMap(([type, { member, result }]) => {
    const at = `${path}.${member}`;
    const patch = mutation[member];
    if (type !== patchType) {
      return patch ? [field.invalid(at, `{${member}}`, `must not be specified when patchType is ${patchType}`)] : [];
    }
    if (!patch) return [field.required(at, `must be specified when patchType is ${patchType}`)];
    const expression = patch.expression?.trim();
    if (!expression) return [field.required(`${at}.expression`)];
    return checkExpression(`${at}.expression`, expression, scope, [result]).errors;
  });
}
