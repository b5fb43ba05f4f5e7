/**
 * Compiling expressions: checked against the types of the variables, evaluated as often as wanted, each time within a budget.
 *
 *     const program = compile(environment({ object: 'dyn' }), 'object.spec.replicas <= 5', 'bool');
 *     program.evaluate({ object }, budget).value
 *
 * Upstream: apiserver/pkg/cel, apiextensions-apiserver/pkg/apiserver/schema/cel/compilation.go
 */
import { CostLimitError, Meter, measure, nodesOf } from './budget.ts';
import { type ASTNode, type Environment, engine } from './engine.ts';
import { unescapeSelection } from './escaped-names.ts';
import { compileIssue, type EngineError, evaluationIssue } from './issues.ts';
import { declareObjectTypes } from './library/literals.ts';
import { rewriteLiterals } from './literals.ts';

/** An expression that cannot be used: it does not parse, does not fit its variables, or has another result. */
export class CompileError extends Error {}

/** An evaluation that has no result. `exhausted`: it has cost more than it may. */
export class EvaluationError extends Error {
  readonly exhausted: boolean;
  /** What the attempt has cost. */
  readonly cost: number;

  constructor(message: string, exhausted: boolean, cost: number) {
    super(message);
    this.exhausted = exhausted;
    this.cost = cost;
  }
}

export interface Program {
  expression: string;
  /** Of the result, as the library names it: `bool`, `list<string>`. */
  type: string;
  /** Names of the variables that it reads. */
  variables: ReadonlySet<string>;
  /** Throws an EvaluationError. */
  evaluate(bindings: object, budget: number): { value: unknown; cost: number };
}

/**
 * Compiles an expression. A result of another type than the one that is wanted, if one is, is an error. Throws a CompileError worded
 * as Kubernetes words it.
 */
export function compile(environment: Environment, expression: string, resultType?: 'bool' | 'string'): Program {
  const parsed = parse(environment, expression);
  const type = parsed.check();
  if (resultType && type !== resultType && !(resultType === 'bool' && type === 'dyn')) {
    throw new CompileError(
      resultType === 'bool' ? 'cel expression must evaluate to a bool' : 'messageExpression must evaluate to a string',
    );
  }
  measure(parsed.ast);
  return {
    expression,
    type,
    variables: variablesOf(parsed.ast),
    evaluate(bindings, budget) {
      const meter = new Meter(budget);
      try {
        const value = meter.run(() => parsed.evaluate(bindings));
        if (meter.exhausted) throw new CostLimitError();
        return { value, cost: meter.spent };
      } catch (error) {
        const exhausted = meter.exhausted || error instanceof CostLimitError;
        throw new EvaluationError(
          exhausted ? new CostLimitError().message : evaluationIssue(error),
          exhausted,
          meter.spent,
        );
      }
    },
  };
}

/** The type of an expression's result, as the library names it: `bool`, `list<string>`. Throws a CompileError. */
export const typeOf = (environment: Environment, expression: string): string => parse(environment, expression).check();

type Parsed = ReturnType<Environment['parse']>;

/** The engine's own limit is not for all kinds of nesting; what remains fills its stack. */
const tooDeep = 'ERROR: <input>:1:1: expression recursion limit exceeded: 250';

/** An expression that parses. */
interface Checkable {
  ast: ASTNode;
  evaluate(bindings: object): unknown;
  /** The type of its result. Throws a CompileError. */
  check(): string;
}

function parse(environment: Environment, expression: string): Checkable {
  const rewritten = rewriteLiterals(expression);
  declareObjectTypes(environment, rewritten.types);
  const failed = (error: EngineError): CompileError =>
    new CompileError(
      `compilation failed: ${error instanceof RangeError ? tooDeep : compileIssue(expression, error, rewritten.originOf)}`,
    );
  let parsed: Parsed;
  try {
    parsed = environment.parse(rewritten.text);
  } catch (error) {
    if (error instanceof engine().ParseError || error instanceof RangeError)
      throw failed(error as unknown as EngineError);
    throw error;
  }
  for (const node of nodesOf(parsed.ast)) {
    useLinearRegex(node);
    unescapeSelection(environment, node);
  }
  return {
    ast: parsed.ast,
    evaluate: parsed,
    check() {
      const checked = parsed.check();
      if (!checked.valid) throw failed(checked.error as unknown as EngineError);
      return checked.type ?? '';
    },
  };
}

/** The library's own `matches` is JavaScript's, which some patterns can keep busy for ever. */
function useLinearRegex({ op, args }: { op: string; args: unknown }): void {
  if (op === 'rcall' && Array.isArray(args) && args[0] === 'matches') args[0] = 'matchesRe2';
}

const variablesOf = (ast: ASTNode): Set<string> =>
  new Set([...nodesOf(ast)].filter(({ op }) => op === 'id').map(({ args }) => String(args)));
