/**
 * The expressions of a policy, compiled: its variables in order, each of which those after it may read, and what reads them all.
 *
 * Upstream: apiserver/pkg/admission/plugin/cel/composition.go
 */
import { type AdmissionScope, admissionEnvironment } from '../../../api/cel/admission-environment.ts';
import { CompileError, compile, type Program } from '../../../api/cel/compile.ts';
import type { KubeObject } from '../../../api/types.ts';
import { dynamicOf, type RequestBindings } from '../matching/bindings.ts';
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

/** What the expressions of a policy read: the request, and what the policy has beside it. */
class PolicyBindings {
  readonly #request: RequestBindings;
  readonly params: unknown;
  variables: unknown = none;

  constructor(request: RequestBindings, params: KubeObject | undefined) {
    this.#request = request;
    this.params = dynamicOf(params);
  }

  get object(): unknown {
    return this.#request.object;
  }

  get oldObject(): unknown {
    return this.#request.oldObject;
  }

  get request(): unknown {
    return this.#request.request;
  }

  get namespaceObject(): unknown {
    return this.#request.namespaceObject;
  }

  get authorizer(): unknown {
    return this.#request.authorizer;
  }
}

const none = {};

/** Evaluates expressions that may read variables, each of which is evaluated when it is first read, within the same budget. */
export function evaluationWith(
  { expressions }: Variables,
  request: RequestBindings,
  params: KubeObject | undefined,
  budget: number,
): Evaluation {
  const bindings = new PolicyBindings(request, params);
  const evaluation = new Evaluation(bindings, budget);
  if (expressions.size > 0) bindings.variables = variablesOf(evaluation, expressions);
  return evaluation;
}

function variablesOf(evaluation: Evaluation, expressions: Variables['expressions']): object {
  const variables = {};
  for (const [name, expression] of expressions) {
    Object.defineProperty(variables, name, {
      enumerable: true,
      configurable: true,
      get() {
        const value = variable(evaluation, name, expression);
        Object.defineProperty(variables, name, { value, enumerable: true });
        return value;
      },
    });
  }
  return variables;
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
