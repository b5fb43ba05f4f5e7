/**
 * Evaluates the expressions of one webhook or policy on one request, all within one budget.
 *
 * Upstream: apiserver/pkg/admission/plugin/cel/activation.go Evaluate
 */
import { EvaluationError, type Program } from '../../../api/cel/compile.ts';

/** An expression has no result: it reads a field that is not there, or costs more than one expression may. */
export class ExpressionError extends Error {
  /** The same without the expression. */
  readonly why: string;

  constructor(message: string, why = message) {
    super(message);
    this.why = why;
  }
}

/** All expressions together cost more than they may; none is evaluated any more. */
export class OutOfBudgetError extends Error {
  constructor() {
    super('validation failed due to running out of cost budget, no further validation rules will be run');
  }
}

export class Evaluation {
  /** What the expressions may read. */
  readonly bindings: object;
  #budget: number;

  constructor(bindings: object, budget: number) {
    this.bindings = bindings;
    this.#budget = budget;
  }

  /** The result of an expression. Throws an ExpressionError or an OutOfBudgetError. */
  evaluate(program: Program): unknown {
    try {
      const { value, cost } = program.evaluate(this.bindings, this.#budget);
      this.#spend(cost);
      return value;
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      this.#spend(error.cost);
      throw new ExpressionError(
        `expression '${program.expression}' resulted in error: ${error.message}`,
        error.message,
      );
    }
  }

  #spend(cost: number): void {
    this.#budget -= cost;
    if (this.#budget < 0) throw new OutOfBudgetError();
  }
}
