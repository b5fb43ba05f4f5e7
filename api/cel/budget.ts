/**
 * What an evaluation may cost, so that no rule stalls the server: each step of an expression costs one unit, what an operator or a
 * function works on costs a tenth of its size more, and so do long results. Functions that take longer say so themselves (`spend`).
 *
 * Upstream: apiserver/pkg/apis/cel/config.go, cel/library/cost.go. The units are like those there, without its estimate of each function.
 */
import type { ASTNode } from './engine.ts';
import { sizeOf } from './size.ts';

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

/** The meter of the evaluation that runs now: evaluation is synchronous, but one may have to wait for another. */
let running: Meter | undefined;

/** Charges the evaluation that runs now for what takes longer than its size tells. */
export function spend(units: number): void {
  running?.spend(units);
}

/** Counts the cost of one evaluation. */
export class Meter {
  #spent = 0;
  readonly #limit: number;

  /** For an evaluation that may cost so much. */
  constructor(limit: number) {
    this.#limit = Math.min(limit, perCallLimit);
  }

  get spent(): number {
    return Math.ceil(this.#spent);
  }

  /** True from the moment the limit is passed: an expression may hide the error itself, as `||` does. */
  get exhausted(): boolean {
    return this.#spent > this.#limit;
  }

  /** How much may still be spent. */
  get left(): number {
    return this.#limit - this.#spent;
  }

  spend(units: number): void {
    this.#spent += units;
    if (this.#spent > this.#limit) throw new CostLimitError();
  }

  /** Evaluates something at the expense of this meter. */
  run<T>(evaluate: () => T): T {
    const before = running;
    running = this;
    try {
      return evaluate();
    } finally {
      running = before;
    }
  }
}

type Evaluate = (evaluator: unknown, node: ASTNode, context: unknown) => unknown;

/** What the library keeps with a node of an expression, beside its public face. */
interface Node {
  op: string;
  args: unknown;
  meta: { evaluate: Evaluate; alternate?: Node; macro?: { evaluate: Evaluate } };
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

/** What operators and functions work on. A macro, such as `all`, works on nothing as a whole: each of its turns costs what it does. */
function operandsOf({ op, args, meta }: Node): unknown[] {
  if (!Array.isArray(args) || meta.alternate || meta.macro) return [];
  if (op === 'call') return args[1] as unknown[];
  if (op === 'rcall') return [args[1], ...(args[2] as unknown[])];
  return ['+', '==', '!=', 'in', '<', '<=', '>', '>='].includes(op) ? args : [];
}

/** What is evaluated in place of a macro. */
const expanded = (node: unknown): unknown =>
  isNode(node) && node.meta.alternate ? expanded(node.meta.alternate) : node;

/** A list or a map knows its size; the characters of a text must be counted. */
const countsTexts = ({ op, args }: Node): boolean =>
  (op === 'call' || op === 'rcall') && (args as unknown[])[0] === 'size';

type Sizing = (value: unknown, limit: number) => number;
const textSize: Sizing = (value) => (typeof value === 'string' ? value.length : 0);

/** Makes every step of a checked expression cost something. */
export function measure(root: ASTNode): void {
  const nodes = [...nodesOf(root)];
  const sizings = new Map<unknown, Sizing>();
  for (const node of nodes) {
    if (growing.has(node.op)) sizings.set(node, sizeOf);
    for (const operand of operandsOf(node)) sizings.set(expanded(operand), countsTexts(node) ? textSize : sizeOf);
  }
  for (const node of nodes) {
    const sizing = sizings.get(node);
    const { macro } = node.meta;
    if (macro) macro.evaluate = charged(macro.evaluate, sizing);
    else node.setMeta('evaluate', charged(node.meta.evaluate, sizing));
  }
}

const charged =
  (evaluate: Evaluate, sizing: Sizing | undefined): Evaluate =>
  (evaluator, node, context) => {
    spend(1);
    const result = evaluate(evaluator, node, context);
    if (sizing && running) running.spend(sizing(result, running.left * 10) / 10);
    return result;
  };
