/**
 * What a MutatingAdmissionPolicy changes. Its expressions make objects (`Object{spec: ...}`, `JSONPatch{...}`), which the CEL
 * library cannot parse yet, so they are not compiled. Upstream: pkg/apis/admissionregistration/validation
 */
import { type FieldError, field } from '../errors.ts';
import type { MutatingAdmissionPolicy } from '../types.ts';
import { checkVariables } from './admission-expressions.ts';
import { validatePolicy } from './admission-policy.ts';
import { validateMutable } from './admission-rules.ts';
import { reinvocationPolicies } from './admission-webhook.ts';
import { each, requireOneOf } from './checks.ts';

type Spec = NonNullable<MutatingAdmissionPolicy['spec']>;
type Mutation = NonNullable<Spec['mutations']>[number];

/** Types of patches, and the field of each. */
const members = { ApplyConfiguration: 'applyConfiguration', JSONPatch: 'jsonPatch' } as const;

export const validateMutatingPolicy = (path: string, spec: Spec): FieldError[] => [
  ...validatePolicy(path, spec),
  ...validateMutable(`${path}.matchConstraints`, spec.matchConstraints),
  ...checkVariables(`${path}.variables`, spec.variables, spec.paramKind !== undefined).errors,
  ...((spec.mutations ?? []).length === 0
    ? [field.required(`${path}.mutations`, 'mutations must contain at least one item')]
    : []),
  ...each(`${path}.mutations`, spec.mutations, validateMutation),
  ...requireOneOf(`${path}.reinvocationPolicy`, spec.reinvocationPolicy, reinvocationPolicies),
];

/** The patch of its type, and no other. */
function validateMutation(path: string, mutation: Mutation): FieldError[] {
  const { patchType } = mutation;
  const errors = requireOneOf(`${path}.patchType`, patchType, Object.keys(members));
  if (errors.length > 0) return errors;
  return Object.entries(members).flatMap(([type, member]) => {
    const at = `${path}.${member}`;
    const patch = mutation[member];
    if (type !== patchType) {
      return patch ? [field.invalid(at, `{${member}}`, `must not be specified when patchType is ${patchType}`)] : [];
    }
    if (!patch) return [field.required(at, `must be specified when patchType is ${patchType}`)];
    return patch.expression?.trim() ? [] : [field.required(`${at}.expression`)];
  });
}
