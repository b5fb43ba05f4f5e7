/**
 * What is wrong with an expression, in the words and the layout of cel-go:
 *
 *     ERROR: <input>:1:5: undefined field 'sise'
 *      | self.sise > 1
 *      | ....^
 *
 * Upstream: github.com/google/cel-go/common/{errors,error}.go, checker/errors.go
 */
import type { ASTNode } from './engine.ts';

/** The library's errors: a stable code, a text, and where. */
export interface EngineError extends Error {
  code: string;
  summary?: string;
  node?: { pos?: number; input?: string; op?: string; args?: unknown };
}

/** The text of an error that parsing or checking has found, at a place of which `originOf` says where it is in the expression. */
export function compileIssue(expression: string, error: EngineError, originOf: (position: number) => number): string {
  const at = Math.min(originOf(placeOf(error.node)), expression.length);
  const before = expression.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineNumber = before.split('\n').length;
  const column = at - lineStart;
  const line = expression.slice(lineStart).split('\n', 1)[0]!;
  return `ERROR: <input>:${lineNumber}:${column + 1}: ${textOf(error)}\n | ${line}\n | ${'.'.repeat(column)}^`;
}

/** An operator after an operand stands where it is written: `.` of a selection, `[` of an index, `>` of a comparison. */
function placeOf({ pos = 0, input = '', op = '', args }: NonNullable<EngineError['node']> = {}): number {
  const left = Array.isArray(args) && args.length === 2 ? (args[0] as { end?: number } | undefined) : undefined;
  if (left?.end === undefined) return pos;
  const found = input.indexOf(/^[.[]/.test(op) ? op[0]! : op, left.end);
  return found < 0 ? pos : found;
}

const summaryOf = (error: EngineError): string => error.summary ?? error.message.split('\n', 1)[0]!;

function textOf(error: EngineError): string {
  const summary = summaryOf(error);
  switch (error.code) {
    case 'unknown_variable':
      return `undeclared reference to '${afterColon(summary)}' (in container '')`;
    case 'no_such_key':
      return `undefined field '${afterColon(summary)}'`;
    case 'cannot_index_type':
      return `type '${celTypeName(quoted(summary))}' does not support field selection`;
    case 'no_such_overload':
      return noOverload(`_${error.node?.op ?? ''}_`, typesOf(error.node?.args));
    case 'incompatible_ternary_branches':
      return noOverload('_?_:_', typesOf(error.node?.args));
    case 'no_matching_overload': {
      const [name, receiver, args] = callOf(error.node);
      const shown = receiver === undefined ? '' : `${receiver}.`;
      return noOverload(name, typesOf(args), shown);
    }
    default:
      return error.name === 'ParseError' ? `Syntax error: ${summary}` : summary;
  }
}

const noOverload = (name: string, types: string[], receiver = ''): string =>
  `found no matching overload for '${name}' applied to '${receiver}(${types.join(', ')})'`;

const afterColon = (text: string): string => text.slice(text.indexOf(': ') + 2);
const quoted = (text: string): string => /'(.*)'/.exec(text)?.[1] ?? '';

function callOf(node: EngineError['node']): [name: string, receiver: string | undefined, args: unknown] {
  const args = (node?.args ?? []) as unknown[];
  if (node?.op === 'rcall') return [String(args[0]), typesOf([args[1]])[0], args[2]];
  return [String(args[0] ?? ''), undefined, args[1]];
}

function typesOf(args: unknown): string[] {
  const nodes = (Array.isArray(args) ? args : [args]) as (ASTNode & { checkedType?: { name: string } })[];
  return nodes.map((node) => celTypeName(node?.checkedType?.name ?? 'dyn'));
}

/** `list<string>` -> `list(string)`, as cel-go prints types. */
export function celTypeName(name: string): string {
  // A type parameter that nothing has settled, as that of an empty list.
  if (/^[A-Z]$/.test(name)) return 'dyn';
  if (name === 'list') return 'list(dyn)';
  if (name === 'map') return 'map(dyn, dyn)';
  const inner = /^(list|map|optional|dyn)<(.*)>$/.exec(name);
  if (!inner) return name === 'null' ? 'null_type' : name;
  const parts = inner[2]!.split(/, (?![^<]*>)/).map(celTypeName);
  if (inner[1] === 'dyn') return parts[0]!;
  return `${inner[1] === 'optional' ? 'optional_type' : inner[1]}(${parts.join(', ')})`;
}

/** The text of an error that evaluation has thrown. */
export function evaluationIssue(error: unknown): string {
  const { code, name } = error as EngineError;
  if (!(error instanceof Error)) return String(error);
  const summary = summaryOf(error as EngineError);
  switch (code) {
    case 'no_such_key':
      return `no such key: ${afterColon(summary)}`;
    case 'index_out_of_bounds':
      return `index out of bounds: ${/index (-?\d+)/.exec(summary)?.[1] ?? ''}`;
    case 'no_such_overload':
    case 'no_matching_overload':
      return 'no such overload';
    case 'numeric_overflow':
      return 'integer overflow';
    case 'modulo_by_zero':
      return 'modulus by zero';
    default:
      return name === 'RangeError' ? 'evaluation exhausted the resources it may use' : summary;
  }
}
