/**
 * A ValidatingAdmissionPolicy, compiled, and what it says about a request. Pure.
 *
 * Upstream: apiserver/pkg/admission/plugin/policy/validating/{plugin,validator}.go
 */
import { runtimeBudget } from '../../../api/cel/budget.ts';
import { CompileError } from '../../../api/cel/compile.ts';
import type { KubeObject, ValidatingAdmissionPolicy } from '../../../api/types.ts';
import type { RequestBindings } from '../matching/bindings.ts';
import { meets } from '../matching/conditions.ts';
import { type Evaluation, ExpressionError, OutOfBudgetError } from '../matching/evaluation.ts';
import { compileExpression, type Expression, evaluationWith } from './expressions.ts';
import { compileBase, type PolicyBase } from './policy-base.ts';

interface Validation {
  expression: Expression;
  /** As it stands in the policy. */
  text: string;
  message: string;
  messageExpression: Expression | undefined;
  reason: string;
}

export interface ValidatingPolicy extends PolicyBase {
  validations: readonly Validation[];
  annotations: readonly { key: string; value: Expression; text: string }[];
}

/** Compiles the policy. */
export function compileValidatingPolicy(policy: ValidatingAdmissionPolicy): ValidatingPolicy {
  const { spec = {} } = policy;
  const base = compileBase(policy);
  const { scope } = base.variables;
  return {
    ...base,
    validations: (spec.validations ?? []).map(({ expression, message, messageExpression, reason }) => ({
      expression: compileExpression(scope, expression),
      text: expression.trim(),
      message: message?.trim() ?? '',
      messageExpression: messageExpression
        ? compileExpression({ ...scope, authorizer: false }, messageExpression)
        : undefined,
      reason: reason ?? 'Invalid',
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      key,
      value: compileExpression(scope, valueExpression),
      text: valueExpression,
    })),
  };
}

/** A refusal; `index` is of the validation. */
export interface Refusal {
  index: number;
  message: string;
  reason: string;
}

export interface Verdict {
  refusals: readonly Refusal[];
  annotations: readonly { key: string; value: string }[];
  /** Annotations that could not be made, which refuses the request as well. */
  annotationErrors: readonly string[];
}

const noAnnotations = { annotations: [], annotationErrors: [] };
const silent: Verdict = { refusals: [], ...noAnnotations };

/** What the policy says to a request, with one of its parameters. */
export function judge(policy: ValidatingPolicy, bindings: RequestBindings, params: KubeObject | undefined): Verdict {
  const { conditions, variables, ignoreFailure } = policy;
  const failure = (message: string): Verdict =>
    ignoreFailure ? silent : { ...silent, refusals: [{ index: 0, message, reason: 'Invalid' }] };
  const evaluation = (): Evaluation => evaluationWith(variables, bindings, params, runtimeBudget);
  try {
    const first = evaluation();
    if (!meets(conditions, first.bindings)) return silent;
    const refusals = policy.validations.flatMap((validation, index) => {
      const refusal = check(validation, first);
      if (refusal === undefined || (refusal.error && ignoreFailure)) return [];
      return [{ index, message: refusal.message, reason: refusal.error ? 'Invalid' : validation.reason }];
    });
    return { refusals, ...(policy.annotations.length > 0 ? annotate(policy, evaluation()) : noAnnotations) };
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof OutOfBudgetError) return failure(error.message);
    throw error;
  }
}

/** Undefined when the request may pass. `error`: it is not known whether it may. */
function check(validation: Validation, evaluation: Evaluation): { message: string; error: boolean } | undefined {
  try {
    if (resultOf(validation.expression, evaluation) === true) return undefined;
  } catch (error) {
    if (error instanceof ExpressionError) return { message: error.message, error: true };
    throw error;
  }
  try {
    const { message, text } = validation;
    return {
      message: computedMessage(validation, evaluation) || message || `failed expression: ${text}`,
      error: false,
    };
  } catch (error) {
    if (error instanceof OutOfBudgetError)
      return { message: `failed messageExpression: ${error.message}`, error: true };
    throw error;
  }
}

/** Longer messages are not shown. */
const maxMessageBytes = 5 * 1024;

/** The empty string when there is none that can be shown. */
function computedMessage({ messageExpression }: Validation, evaluation: Evaluation): string {
  if (!messageExpression) return '';
  try {
    const result = resultOf(messageExpression, evaluation);
    const message = typeof result === 'string' ? result.trim() : '';
    return message.includes('\n') || Buffer.byteLength(message) > maxMessageBytes ? '' : message;
  } catch (error) {
    if (error instanceof ExpressionError) return '';
    throw error;
  }
}

function resultOf(expression: Expression, evaluation: Evaluation): unknown {
  if (expression instanceof CompileError) throw new ExpressionError(`compilation error: ${expression.message}`);
  return evaluation.evaluate(expression);
}

/** In bytes. */
const maxAnnotationLength = 10 * 1024;

function annotate(
  { annotations, ignoreFailure }: ValidatingPolicy,
  evaluation: Evaluation,
): Pick<Verdict, 'annotations' | 'annotationErrors'> {
  const made: { key: string; value: string }[] = [];
  const errors: string[] = [];
  for (const { key, value: expression, text } of annotations) {
    try {
      const value = resultOf(expression, evaluation);
      if (typeof value === 'string' && value.trim())
        made.push({ key, value: value.trim().slice(0, maxAnnotationLength) });
      if (typeof value === 'string' || value === null) continue;
      errors.push(
        `valueExpression '${text}' resulted in unsupported return type: ${typeof value}. Return type must be either string or null.`,
      );
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (!ignoreFailure) errors.push(error.message);
    }
  }
  return { annotations: made, annotationErrors: errors };
}
