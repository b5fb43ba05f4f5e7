/**
 * Match conditions: expressions that all must hold before a webhook or a policy is asked about a request.
 *
 *     const conditions = compileConditions(webhook.matchConditions, false);   // once for each change of the webhook
 *     meets(conditions, new RequestBindings(admission, versioned))
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/matchconditions
 */
import { admissionEnvironment } from '../../../api/cel/admission-environment.ts';
import { runtimeBudget } from '../../../api/cel/budget.ts';
import { compile, type Program } from '../../../api/cel/compile.ts';
import { Evaluation, ExpressionError } from './evaluation.ts';

export interface Condition {
  name: string;
  expression: string;
}

/** For the conditions of one webhook or policy on one request. */
const budget = runtimeBudget / 4;

/** Throws a CompileError, which validation has ruled out. `params`: the expressions may read parameters. */
export function compileConditions(conditions: readonly Condition[] = [], params: boolean): readonly Program[] {
  if (conditions.length === 0) return [];
  const scope = { params, authorizer: true, variables: new Map<string, string>() };
  return conditions.map(({ expression }) =>
    compile(admissionEnvironment(scope, expression), expression.trim(), 'bool'),
  );
}

/** Whether all conditions hold. One that does not settles it; otherwise one without a result makes this throw an Error with its text. */
export function meets(conditions: readonly Program[], bindings: object): boolean {
  const evaluation = new Evaluation(bindings, budget);
  const errors: string[] = [];
  for (const condition of conditions) {
    try {
      if (evaluation.evaluate(condition) === false) return false;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      errors.push(error.message);
    }
  }
  if (errors.length === 0) return true;
  throw new ExpressionError(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
}
