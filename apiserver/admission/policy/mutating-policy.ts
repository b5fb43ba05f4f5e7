/**
 * A MutatingAdmissionPolicy, compiled, and what it makes of an object. Pure.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/mutating/{compilation,patch/json_patch,patch/smd}.go
 */
import { configErrors } from '../../../api/apply/check-config.ts';
import { merge } from '../../../api/apply/merge.ts';
import type { ObjectShape } from '../../../api/apply/shape.ts';
import { runtimeBudget } from '../../../api/cel/budget.ts';
import { CompileError } from '../../../api/cel/compile.ts';
import { misnamedType, toJson } from '../../../api/cel/to-json.ts';
import { cloneJson, isObject } from '../../../api/patch/json.ts';
import { applyOperations, PatchFailure, TestFailure } from '../../../api/patch/json-patch.ts';
import type { KubeObject, MutatingAdmissionPolicy } from '../../../api/types.ts';
import type { RequestBindings } from '../matching/bindings.ts';
import { meets } from '../matching/conditions.ts';
import { ExpressionError } from '../matching/evaluation.ts';
import { atomicPaths } from './atomic-paths.ts';
import { compileExpression, type Expression, evaluationWith } from './expressions.ts';
import { compileBase, type PolicyBase } from './policy-base.ts';

interface Mutation {
  type: string;
  expression: Expression;
}

export interface MutatingPolicy extends PolicyBase {
  mutations: readonly Mutation[];
  /** It is asked again when the object has changed after it. */
  reinvoke: boolean;
}

/** A mutation that cannot be made. */
export class MutationError extends Error {}

/** Compiles the policy. */
export function compileMutatingPolicy(policy: MutatingAdmissionPolicy): MutatingPolicy {
  const { spec = {} } = policy;
  const base = compileBase(policy);
  const scope = { ...base.variables.scope, patches: true };
  return {
    ...base,
    mutations: (spec.mutations ?? []).map(({ patchType, applyConfiguration, jsonPatch }) => ({
      type: patchType,
      expression: compileExpression(scope, (applyConfiguration ?? jsonPatch)?.expression?.trim() ?? ''),
    })),
    reinvoke: spec.reinvocationPolicy === 'IfNeeded',
  };
}

/** Whether the policy's conditions hold. Throws an ExpressionError or an OutOfBudgetError. */
export const concerns = (
  { conditions, variables }: MutatingPolicy,
  bindings: RequestBindings,
  params: KubeObject | undefined,
): boolean => meets(conditions, evaluationWith(variables, bindings, params, runtimeBudget).bindings);

/**
 * The object as the mutation wants it; `object` is not changed. Throws a MutationError, an ExpressionError or an OutOfBudgetError.
 */
export function mutate(
  { variables }: MutatingPolicy,
  { type, expression }: Mutation,
  bindings: RequestBindings,
  params: KubeObject | undefined,
  { object, shape }: { object: KubeObject; shape: ObjectShape },
): KubeObject {
  if (expression instanceof CompileError) throw new ExpressionError(expression.message);
  const result = evaluationWith(variables, bindings, params, runtimeBudget).evaluate(expression);
  return type === 'JSONPatch' ? patched(object, result) : applied(object, shape, result);
}

function patched(object: KubeObject, result: unknown): KubeObject {
  const operations = (result as Map<string, unknown>[]).map((operation) => {
    const wrong = misnamedType(operation.get('value'));
    if (wrong) throw new MutationError(`type mismatch: ${wrong}`);
    return Object.fromEntries([...operation].map(([name, value]) => [name, jsonOf(value)]));
  });
  try {
    return applyOperations(object, operations);
  } catch (error) {
    if (error instanceof TestFailure) return object;
    if (error instanceof PatchFailure) throw new MutationError(`JSONPath: ${error.message}`);
    throw error;
  }
}

function jsonOf(value: unknown): unknown {
  try {
    return toJson(value);
  } catch (error) {
    const why = (error as Error).message;
    throw new MutationError(`JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${why}`);
  }
}

function applied(object: KubeObject, shape: ObjectShape, result: unknown): KubeObject {
  const wrong = misnamedType(result);
  if (wrong) throw new MutationError(`type mismatch: ${wrong}`);
  const made = jsonOf(result);
  const { apiVersion, kind } = object;
  const config = { ...(isObject(made) ? made : {}), apiVersion, kind };
  const [error] = configErrors(shape, config);
  if (error) throw new MutationError(`error applying patch: failed to convert patch object to typed object: ${error}`);
  const atomics = atomicPaths(shape, config);
  if (atomics.length > 0) {
    throw new MutationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`,
    );
  }
  return cloneJson(merge(shape, object, config)) as KubeObject;
}
