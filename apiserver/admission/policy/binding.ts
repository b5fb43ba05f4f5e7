/** A binding, ready to be asked: where it puts its policy in force, with which parameters, and what becomes of a refusal. */
import type {
  KubeObject,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBinding,
} from '../../../api/types.ts';
import { type Criteria, criteriaOf } from '../matching/match.ts';

type Spec = NonNullable<ValidatingAdmissionPolicyBinding['spec'] & MutatingAdmissionPolicyBinding['spec']>;
export type ParamRef = NonNullable<Spec['paramRef']>;

export interface Binding {
  name: string;
  policyName: string;
  criteria: Criteria;
  paramRef: ParamRef | undefined;
  /** Of a policy that validates. */
  actions: readonly string[];
}

/** The binding of either kind of policy. */
export function compileBinding({ metadata, ...rest }: KubeObject): Binding {
  const { spec = {} } = rest as { spec?: Partial<Spec> };
  const { policyName = '', matchResources: match, paramRef, validationActions = [] } = spec;
  // Without rules a binding is for all that the policy is for.
  const resourceRules = match?.resourceRules?.length ? match.resourceRules : undefined;
  return {
    name: metadata.name ?? '',
    policyName,
    criteria: criteriaOf({ ...match, resourceRules: resourceRules as NonNullable<typeof resourceRules> }),
    paramRef,
    actions: validationActions,
  };
}
