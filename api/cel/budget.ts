/**
 * What an evaluation may cost, so that no rule stalls the server: each step of an expression costs one unit, and long results
 * of functions and concatenations cost a tenth of their length more.
 *
 * Upstream: apiserver/pkg/apis/cel/config.go. The units are like those there, without its estimates for each function.
 */
import type { ASTNode } from './engine.ts';

/** For one evaluation of one expression. */
export const perCallLimit = 1_000_000;
/** For all rules on one object. */
export const runtimeBudget = 10_000_000;

/** Thrown when an evaluation costs more than it may. */
export class CostLimitError extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded');
  }
}

/** Counts the steps of one evaluation at a time: evaluation is synchronous, so one meter serves a whole program. */
export class Meter {
  #spent = 0;
  #limit = perCallLimit;

  /** Begins an evaluation that may cost so much. */
  start(limit: number): void {
    this.#spent = 0;
    this.#limit = Math.min(limit, perCallLimit);
  }

  get spent(): number {
    return Math.ceil(this.#spent);
  }

  /** True from the moment the limit is passed: an expression may hide the error itself, as `||` does. */
  get exhausted(): boolean {
    return this.#spent > this.#limit;
  }

  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > this.#limit) throw new CostLimitError();
  }
}

type Evaluate = (evaluator: unknown, node: ASTNode, context: unknown) => unknown;

/** What the library keeps with a node of an expression, beside its public face. */
interface Node {
  op: string;
  args: unknown;
  meta: { evaluate: Evaluate; alternate?: Node; macro?: object };
  setMeta(name: 'evaluate', evaluate: Evaluate): void;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Node>).setMeta === 'function';

/** Every node of an expression, those that macros expand to included. */
export function* nodesOf(root: ASTNode): Generator<Node> {
  const seen = new Set<unknown>();
  const stack: unknown[] = [root];
  while (stack.length > 0) {
    const value = stack.pop();
    if (typeof value !== 'object' || value === null || seen.has(value)) continue;
    seen.add(value);
    if (isNode(value)) {
      yield value;
      stack.push(value.args, value.meta.alternate, value.meta.macro);
    } else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
      stack.push(...Object.values(value as object));
    }
  }
}

/** Their results may be longer than what they are made from. */
const growing = new Set(['+', 'call', 'rcall']);

/** Makes every step of a checked expression cost something. */
export function measure(root: ASTNode, meter: Meter): void {
  for (const node of nodesOf(root)) {
    const { evaluate } = node.meta;
    const grows = growing.has(node.op);
    node.setMeta('evaluate', (evaluator, ast, context) => {
      meter.spend(1);
      const result = evaluate(evaluator, ast, context);
      if (grows) meter.spend(lengthOf(result) / 10);
      return result;
    });
  }
}

const lengthOf = (value: unknown): number =>
  typeof value === 'string' || Array.isArray(value) || value instanceof Uint8Array ? value.length : 0;
