/**
 * Comprehensions with two variables, `m.all(k, v, ...)`, over maps and over lists with their indexes; and functions of optional
 * values that the engine has not.
 *
 * Upstream: cel-go/ext/comprehensions.go, cel-go/cel/library.go optionalLib
 */
import { type ASTNode, type Environment, engine } from '../engine.ts';

/** A type of the engine, as the checker hands it around. */
interface Type {
  kind: string;
  name: string;
  keyType?: Type;
  valueType?: Type;
}

/** Where variables are looked up: the engine makes one inside of another for each variable of a comprehension. */
interface Scope {
  forkWithVariable(name: string, type: Type): Scope;
  reuse(parent: Scope): Scope;
  setIterValue(value: unknown, evaluator: Evaluator): Scope;
}

interface Checker {
  check(node: ASTNode, scope: Scope): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: ASTNode): Error;
}

interface Evaluator {
  run(node: ASTNode, scope: Scope): unknown;
}

interface Macro {
  receiver: ASTNode;
  args: ASTNode[];
  scope?: Scope;
}

interface MacroCall {
  args: ASTNode[];
  receiver: ASTNode;
  ast: ASTNode;
}

/** What becomes of the results, one for each entry, which are made as they are asked for. */
interface Comprehension {
  /** Of the expressions after the variables: what one is checked to be; undefined is anything. */
  wants: ('bool' | undefined)[];
  type(results: Type[], checker: Checker): Type;
  fold(entries: Iterable<{ key: unknown; run(i: number): unknown }>): unknown;
}

const bool = (_: Type[], checker: Checker): Type => checker.getType('bool');

const comprehensions: Record<string, Comprehension> = {
  all: { wants: ['bool'], type: bool, fold: (entries) => [...entries].every(({ run }) => run(0) === true) },
  exists: { wants: ['bool'], type: bool, fold: (entries) => [...entries].some(({ run }) => run(0) === true) },
  existsOne: {
    wants: ['bool'],
    type: bool,
    fold: (entries) => [...entries].filter(({ run }) => run(0) === true).length === 1,
  },
  transformList: {
    wants: [undefined],
    type: ([one], checker) => checker.getType(`list<${one!.name}>`),
    fold: (entries) => [...entries].map(({ run }) => run(0)),
  },
  transformMap: {
    wants: [undefined],
    type: ([one], checker) => checker.getType(`map<dyn, ${one!.name}>`),
    fold: (entries) => new Map([...entries].map(({ key, run }) => [key, run(0)])),
  },
};

/** The same with a condition before the expression. */
const filtered: Record<string, Comprehension> = {
  transformList: {
    wants: ['bool', undefined],
    type: ([, one], checker) => checker.getType(`list<${one!.name}>`),
    fold: (entries) => [...entries].filter(({ run }) => run(0) === true).map(({ run }) => run(1)),
  },
  transformMap: {
    wants: ['bool', undefined],
    type: ([, one], checker) => checker.getType(`map<dyn, ${one!.name}>`),
    fold: (entries) => new Map([...entries].filter(({ run }) => run(0) === true).map(({ key, run }) => [key, run(1)])),
  },
};

/** Registers the macros and functions. */
export function registerComprehensions(environment: Environment): void {
  for (const [name, one] of [...Object.entries(comprehensions), ...Object.entries(filtered)]) {
    const parameters = ['ast', 'ast', ...one.wants.map(() => 'ast')].join(', ');
    environment.registerFunction(`dyn.${name}(${parameters}): dyn`, (call: MacroCall) => macroOf(call, one));
  }
  const { Optional } = engine();
  environment.registerFunction('OptionalNamespace.ofNonZeroValue(A): optional<A>', (_: unknown, value: unknown) =>
    isZero(value) ? Optional.none() : Optional.of(value),
  );
  environment.registerFunction('optional.optMap(ast, ast): dyn', (call: MacroCall) => optionalMacro(call, false));
  environment.registerFunction('optional.optFlatMap(ast, ast): dyn', (call: MacroCall) => optionalMacro(call, true));
}

/** `optMap(x, ...)` is what the expression makes of the value, if there is one; `flat` for one that makes an optional itself. */
function optionalMacro({ args, receiver, ast }: MacroCall, flat: boolean) {
  const [variable, body] = args as [ASTNode, ASTNode];
  return {
    receiver,
    args,
    typeCheck(checker: Checker, _: Macro, scope: Scope): Type {
      const { valueType = checker.getType('dyn') } = checker.check(receiver, scope);
      const result = checker.check(body, scope.forkWithVariable(nameOf(variable, checker), valueType));
      if (!flat) return checker.getType(`optional<${result.name}>`);
      if (result.kind === 'optional' || result.kind === 'dyn') return result;
      throw checker.createError('optional_expected', `expected an optional but found '${result.name}'`, ast);
    },
    evaluate(evaluator: Evaluator, _: Macro, scope: Scope): unknown {
      const { Optional } = engine();
      const optional = evaluator.run(receiver, scope) as InstanceType<typeof Optional>;
      if (!optional.hasValue()) return optional;
      const inner = scope.forkWithVariable(textOf(variable), anyType).setIterValue(optional.value(), evaluator);
      const result = evaluator.run(body, inner);
      return flat ? result : Optional.of(result);
    },
  };
}

/** Lets any value in: types have been checked before. */
const anyType = { matchesValueType: () => true, kind: 'dyn', name: 'dyn' };

function macroOf({ args, receiver, ast }: MacroCall, one: Comprehension) {
  const [key, value, ...bodies] = args;
  return {
    receiver,
    args,
    typeCheck(checker: Checker, macro: Macro, scope: Scope): Type {
      const over = checker.check(receiver, scope);
      if (!['list', 'map', 'dyn'].includes(over.kind)) {
        const why = `expression of type '${over.name}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        throw checker.createError('invalid_comprehension_range', why, ast);
      }
      const dynamic = checker.getType('dyn');
      const keyType = over.kind === 'list' ? checker.getType('int') : (over.keyType ?? dynamic);
      const outer = scope.forkWithVariable(nameOf(key!, checker), keyType);
      macro.scope = outer.forkWithVariable(nameOf(value!, checker), over.valueType ?? dynamic);
      const results = bodies.map((body) => checker.check(body, macro.scope!));
      for (const [i, type] of results.entries()) {
        if (one.wants[i] !== 'bool' || type.name === 'bool' || type.kind === 'dyn') continue;
        throw checker.createError('invalid_predicate', `expected type 'bool' but found '${type.name}'`, bodies[i]!);
      }
      return one.type(results, checker);
    },
    evaluate(evaluator: Evaluator, _: Macro, scope: Scope): unknown {
      const entries = entriesOf(evaluator.run(receiver, scope));
      return one.fold(
        entries.map(([entryKey, entryValue]) => {
          const outer = scope.forkWithVariable(textOf(key!), anyType).setIterValue(entryKey, evaluator);
          const inner = outer.forkWithVariable(textOf(value!), anyType).setIterValue(entryValue, evaluator);
          return { key: entryKey, run: (i) => evaluator.run(bodies[i]!, inner) };
        }),
      );
    },
  };
}

const textOf = (node: ASTNode): string => String(node.args);

function nameOf(node: ASTNode, checker: Checker): string {
  if (node.op === 'id') return textOf(node);
  throw checker.createError('invalid_macro_argument', 'argument is not an identifier', node);
}

function entriesOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, i) => [BigInt(i), item]);
  if (value instanceof Map) return [...(value as Map<unknown, unknown>)];
  return Object.entries(value as object);
}

/** What a type has when nothing is said. */
const isZero = (value: unknown): boolean =>
  value === null || value === false || value === 0 || value === 0n || value === '' || isEmpty(value);

const isEmpty = (value: unknown): boolean =>
  (Array.isArray(value) && value.length === 0) || (value instanceof Map && value.size === 0);
