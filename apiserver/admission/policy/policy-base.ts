/** What policies of both kinds have, compiled. */
import type { Program } from '../../../api/cel/compile.ts';
import type { MutatingAdmissionPolicy, ValidatingAdmissionPolicy } from '../../../api/types.ts';
import { compileConditions } from '../matching/conditions.ts';
import { type Criteria, criteriaOf } from '../matching/match.ts';
import { compileVariables, type Variables } from './expressions.ts';
import type { ParamKind } from './params.ts';

export interface PolicyBase {
  name: string;
  criteria: Criteria;
  paramKind: ParamKind | undefined;
  /** A policy that cannot be asked is passed over. */
  ignoreFailure: boolean;
  conditions: readonly Program[];
  variables: Variables;
}

/** Compiles that part of a policy. */
export function compileBase({ metadata, spec = {} }: MutatingAdmissionPolicy | ValidatingAdmissionPolicy): PolicyBase {
  const params = spec.paramKind !== undefined;
  return {
    name: metadata?.name ?? '',
    criteria: criteriaOf(spec.matchConstraints),
    paramKind: spec.paramKind as PolicyBase['paramKind'],
    ignoreFailure: spec.failurePolicy === 'Ignore',
    conditions: compileConditions(spec.matchConditions, params),
    variables: compileVariables(spec.variables, params),
  };
}
