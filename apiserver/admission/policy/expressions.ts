/**
 * The expressions of a policy, compiled: its variables in order, each of which those after it may read, and what reads them all.
 *
 * Upstream: apiserver/pkg/admission/plugin/cel/composition.go
 */
import { type AdmissionScope, admissionEnvironment } from '../../../api/cel/admission-environment.ts';
import { CompileError, compile, type Program } from '../../../api/cel/compile.ts';
import type { KubeObject } from '../../../api/types.ts';
import { dynamicOf, lazily } from '../matching/bindings.ts';
import { Evaluation, ExpressionError } from '../matching/evaluation.ts';

/** What an expression has been compiled to, or why it cannot be. */
export type Expression = Program | CompileError;

interface Named {
  name: string;
  expression: string;
}

export interface Variables {
  expressions: ReadonlyMap<string, Expression>;
  /** What expressions that come after the variables may read. */
  scope: AdmissionScope;
}

/** Compiles an expression. Validation has refused those that do not compile, but a policy may be older than that. */
export function compileExpression(scope: AdmissionScope, expression: string): Expression {
  try {
    return compile(admissionEnvironment(scope, expression), expression);
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}

/** The variables of a policy; `params`: it has parameters. */
export function compileVariables(variables: readonly Named[] = [], params: boolean): Variables {
  const types = new Map<string, string>();
  const expressions = new Map<string, Expression>();
  const scope: AdmissionScope = { params, authorizer: true, variables: types };
  for (const { name, expression } of variables) {
    const compiled = compileExpression(scope, expression);
    expressions.set(name, compiled);
    types.set(name, compiled instanceof CompileError ? 'dyn' : compiled.type);
  }
  return { expressions, scope };
}

/** Evaluates expressions that may read variables, each of which is evaluated when it is first read, within the same budget. */
export function evaluationWith(
  { expressions }: Variables,
  bindings: Record<string, unknown>,
  params: KubeObject | undefined,
  budget: number,
): Evaluation {
  const all: Record<string, unknown> = Object.create(bindings, {
    params: { value: dynamicOf(params), enumerable: true },
  });
  const evaluation = new Evaluation(all, budget);
  const makers = [...expressions].map(([name, expression]) => [name, () => variable(evaluation, name, expression)]);
  all['variables'] = lazily(Object.fromEntries(makers) as Record<string, () => unknown>);
  return evaluation;
}

function variable(evaluation: Evaluation, name: string, expression: Expression): unknown {
  const failed = (how: string, why: string): Error =>
    new Error(`composited variable "${name}" fails to ${how}: ${why}`);
  if (expression instanceof CompileError) throw failed('compile', expression.message);
  try {
    return evaluation.evaluate(expression);
  } catch (error) {
    throw failed('evaluate', error instanceof ExpressionError ? error.why : (error as Error).message);
  }
}
