/**
 * What the calls mean that literals are rewritten to (`../literals.ts`): objects of named types, and optional entries.
 *
 * Which types there are is said by the environment: expressions that make patches have `Object`, the types of its fields by their
 * paths (`Object.spec.template`), and `JSONPatch`. Upstream: apiserver/pkg/cel/mutation
 */
import { type ASTNode, type Environment, engine } from '../engine.ts';
import { unescapeName } from '../escaped-names.ts';

/** A type of the engine, as the checker hands it around. */
interface Type {
  kind: string;
  name: string;
  valueType?: Type;
  matches(other: Type): boolean;
}

interface Checker {
  check(node: ASTNode, scope: unknown): Type;
  getType(name: string): Type;
  createError(code: string, message: string, node: ASTNode): Error;
  objectTypes: ReadonlyMap<string, { ctor: new (fields: Iterable<[string, unknown]>, type: string) => object }>;
}

interface Evaluator {
  run(node: ASTNode, scope: unknown): unknown;
  objectTypes: Checker['objectTypes'];
}

interface MacroCall {
  args: ASTNode[];
  ast: ASTNode;
}

/** An object that an expression has made. */
export class CelObject extends Map<string, unknown> {
  readonly type: string;

  constructor(fields: Iterable<[string, unknown]>, type: string) {
    super(fields);
    this.type = type;
  }
}

/** The environments that have patch types, and which of them are declared. */
const patchTypes = new WeakMap<Environment, Set<string>>();

/** Lets the expressions of an environment make patches. */
export function allowPatchTypes(environment: Environment): void {
  patchTypes.set(environment, new Set());
}

const isPatchType = (name: string): boolean => name === 'JSONPatch' || name === 'Object' || name.startsWith('Object.');

/** Of a JSONPatch; other objects have any fields. */
const operationFields: Record<string, string> = { op: 'string', path: 'string', from: 'string', value: 'dyn' };

/** Registers the types that an expression names, as far as there are such. */
export function declareObjectTypes(environment: Environment, names: ReadonlySet<string>): void {
  const declared = patchTypes.get(environment);
  if (!declared) return;
  for (const name of names) {
    if (!isPatchType(name) || declared.has(name)) continue;
    declared.add(name);
    const type = { ctor: class extends CelObject {} };
    environment.registerType(name, name === 'JSONPatch' ? { ...type, fields: operationFields } : type);
  }
}

/** Registers the calls. */
export function registerLiterals(environment: Environment): void {
  environment
    .registerFunction('__object(ast, ast): dyn', objectMacro)
    .registerFunction('__map(ast): dyn', mapMacro)
    .registerFunction('__list(ast): dyn', listMacro)
    // Only where the rewriting puts it; anywhere else it is what it holds.
    .registerFunction('__optional(dyn): dyn', (value: unknown) => value);
}

type Entry = [key: ASTNode, value: ASTNode];

function objectMacro({ args, ast }: MacroCall) {
  const [nameNode, literal] = args as [ASTNode, ASTNode];
  const name = String(nameNode.args);
  const fields = (literal.args as Entry[]).map(([key, value]) => {
    const text = String(key.args);
    const optional = text.startsWith('?');
    return { name: optional ? text.slice(1) : text, optional, value, colon: placeAfter(key) };
  });
  return {
    args,
    typeCheck(checker: Checker, _: unknown, scope: unknown): Type {
      if (!checker.objectTypes.has(name))
        throw checker.createError('unknown_variable', `Unknown variable: ${name}`, ast);
      for (const field of fields) checkField(checker, name, field, scope);
      return checker.getType(name);
    },
    evaluate(evaluator: Evaluator, _: unknown, scope: unknown): object {
      const { ctor: Made } = evaluator.objectTypes.get(name)!;
      const values = fields.flatMap(({ name: field, optional, value }): [string, unknown][] =>
        present(evaluator.run(value, scope), optional, (one) => [unescapeName(field), one]),
      );
      return new Made(values, name);
    },
  };
}

/** Where cel-go reports what is wrong with a field: at its colon. */
const placeAfter = ({ end, input }: ASTNode): ASTNode => ({ pos: end, start: end, end: end + 1, input }) as ASTNode;

function checkField(
  checker: Checker,
  type: string,
  { name, optional, value, colon }: { name: string; optional: boolean; value: ASTNode; colon: ASTNode },
  scope: unknown,
): void {
  const checked = checker.check(value, scope);
  const given = optional ? (checked.valueType ?? checker.getType('dyn')) : checked;
  if (type !== 'JSONPatch') return;
  const wanted = operationFields[name];
  if (!wanted) throw checker.createError('no_such_key', `No such key: ${name}`, colon);
  if (given.matches(checker.getType(wanted))) return;
  const why = `expected type of field '${name}' is '${wanted}' but provided type is '${given.name}'`;
  throw checker.createError('field_type', why, colon);
}

/** What becomes of a value, if there is one. */
function present<T>(value: unknown, optional: boolean, use: (value: unknown) => T): T[] {
  if (!optional) return [use(value)];
  const { Optional } = engine();
  if (!(value instanceof Optional)) throw new Error('no such overload');
  return value.hasValue() ? [use(value.value())] : [];
}

/** What stands in an optional entry; undefined for another one. */
const optionalNode = ({ op, args }: ASTNode): ASTNode | undefined =>
  op === 'call' && args[0] === '__optional' ? (args[1] as ASTNode[])[0] : undefined;

function mapMacro({ args }: MacroCall) {
  const entries = (args[0]!.args as Entry[]).map(([key, value]) => {
    const inner = optionalNode(key);
    return { key: inner ?? key, optional: inner !== undefined, value };
  });
  return {
    args,
    typeCheck(checker: Checker, _: unknown, scope: unknown): Type {
      for (const { value } of entries) checker.check(value, scope);
      const keys = entries.map(({ key }) => checker.check(key, scope).name);
      return checker.getType(`map<${new Set(keys).size === 1 ? keys[0]! : 'dyn'}, dyn>`);
    },
    evaluate: (evaluator: Evaluator, _: unknown, scope: unknown) =>
      new Map(
        entries.flatMap(({ key, optional, value }) =>
          present(evaluator.run(value, scope), optional, (one) => [evaluator.run(key, scope), one] as const),
        ),
      ),
  };
}

function listMacro({ args }: MacroCall) {
  const items = (args[0]!.args as ASTNode[]).map((item) => {
    const inner = optionalNode(item);
    return { value: inner ?? item, optional: inner !== undefined };
  });
  return {
    args,
    typeCheck(checker: Checker, _: unknown, scope: unknown): Type {
      const types = items.map(({ value, optional }) => {
        const type = checker.check(value, scope);
        return optional ? (type.valueType?.name ?? 'dyn') : type.name;
      });
      return checker.getType(`list<${new Set(types).size === 1 ? types[0]! : 'dyn'}>`);
    },
    evaluate: (evaluator: Evaluator, _: unknown, scope: unknown) =>
      items.flatMap(({ value, optional }) => present(evaluator.run(value, scope), optional, (one) => one)),
  };
}
