/**
 * The expressions of an authenticator, compiled: those over the claims of a token, and those over the user that comes of them.
 *
 * Upstream: apiserver/pkg/authentication/cel
 */
import { perCallLimit } from '../../../api/cel/budget.ts';
import { CompileError, compile } from '../../../api/cel/compile.ts';
import { environment } from '../../../api/cel/environment.ts';
import { toDynamic } from '../../../api/structural/cel-types.ts';

/** Evaluates an expression. Throws an EvaluationError. */
export type Evaluate = (value: unknown) => unknown;

/** What the result of an expression may be. */
export type Result = 'bool' | 'any';

/** Compiles an expression over `claims` or `user`. Throws a CompileError. */
export function compileOver(variable: 'claims' | 'user', expression: string, result: Result): Evaluate {
  const program = compile(environment({ [variable]: variable === 'claims' ? 'map<string, dyn>' : 'dyn' }), expression);
  if (result === 'bool' && program.type !== 'bool') throw new CompileError('must evaluate to bool');
  return (value) => program.evaluate({ [variable]: toDynamic(value) }, perCallLimit).value;
}
