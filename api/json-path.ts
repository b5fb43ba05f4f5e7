/**
 * JSONPath as printer columns write it: `.spec.replicas`, `.status.conditions[?(@.type=="Ready")].status`, `.spec.items[*].name`.
 * What is missing is no error: it leads to no value.
 *
 * Upstream: client-go/util/jsonpath. Left out: templates with several expressions, which columns cannot have.
 */
import { isObject } from './patch/json.ts';

type Step = (values: unknown[]) => unknown[];

/** A path that has been read; finds all values that it leads to. */
export type JsonPath = (root: unknown) => unknown[];

/** Reads a path. Throws a SyntaxError for what is none. */
export function parseJsonPath(text: string): JsonPath {
  const steps: Step[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const { step, length } = nextStep(rest, text);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (root) => steps.reduce<unknown[]>((values, step) => step(values), [root]);
}

function nextStep(rest: string, whole: string): { step: Step; length: number } {
  const recursive = /^\.\.(?=[^.[])/.exec(rest);
  if (recursive) return { step: (values) => values.flatMap(descendants), length: 1 };
  const name = /^\.((?:\\.|[^.[\]\\\s])+)/.exec(rest);
  if (name) return { step: fieldStep(name[1]!.replace(/\\(.)/g, '$1')), length: name[0].length };
  if (rest === '.' || /^\.(?=\[)/.test(rest)) return { step: (values) => values, length: 1 };
  const quoted = /^\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/.exec(rest);
  if (quoted) {
    return { step: fieldStep((quoted[1] ?? quoted[2] ?? '').replace(/\\(.)/g, '$1')), length: quoted[0].length };
  }
  const indexes = /^\[\s*(\*|-?\d*(?::-?\d*){0,2}(?:\s*,\s*-?\d+)*)\s*\]/.exec(rest);
  if (indexes?.[1]) return { step: indexStep(indexes[1]), length: indexes[0].length };
  const filter = /^\[\?\(((?:[^()"']|"[^"]*"|'[^']*')*)\)\]/.exec(rest);
  if (filter) return { step: filterStep(filter[1]!, whole), length: filter[0].length };
  throw new SyntaxError(`unrecognized character in JSONPath ${JSON.stringify(whole)}: ${JSON.stringify(rest)}`);
}

const childrenOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : [];

const descendants = (value: unknown): unknown[] => [value, ...childrenOf(value).flatMap(descendants)];

function fieldStep(name: string): Step {
  if (name === '*') return (values) => values.flatMap(childrenOf);
  return (values) => values.flatMap((value) => (isObject(value) && Object.hasOwn(value, name) ? [value[name]] : []));
}

/** `*`, `0`, `-1`, `0:2`, `0:4:2`, `0,2` */
function indexStep(text: string): Step {
  if (text === '*') return (values) => values.flatMap(childrenOf);
  const [start, end, by] = text.split(':');
  if (end !== undefined) {
    const step = Math.max(Number(by || 1), 1);
    const slice = (list: unknown[]): unknown[] => list.slice(Number(start || 0), end === '' ? undefined : Number(end));
    return (values) =>
      values.flatMap((value) => (Array.isArray(value) ? slice(value).filter((_, i) => i % step === 0) : []));
  }
  const wanted = text.split(',').map(Number);
  return (values) =>
    values.flatMap((value) =>
      Array.isArray(value) ? wanted.flatMap((i) => (hasIndex(value, i) ? [value.at(i)] : [])) : [],
    );
}

const hasIndex = (list: unknown[], i: number): boolean => (i < 0 ? -i <= list.length : i < list.length);

const operators: Record<string, (a: unknown, b: unknown) => boolean> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => (a as number) < (b as number),
  '<=': (a, b) => (a as number) <= (b as number),
  '>': (a, b) => (a as number) > (b as number),
  '>=': (a, b) => (a as number) >= (b as number),
};

/** `@.type=="Ready"`, or `@.type` for items that have it. */
function filterStep(text: string, whole: string): Step {
  const [, left = '', operator, right = ''] =
    /^\s*(@(?:[^=!<>"']|'[^']*'|"[^"]*")*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/.exec(text) ?? [];
  if (!left) throw new SyntaxError(`unrecognized filter in JSONPath ${JSON.stringify(whole)}`);
  const subject = parseJsonPath(left.slice(1));
  const compare = operator && operators[operator]!;
  const operand = operandOf(right);
  return (values) =>
    values.flatMap(childrenOf).filter((item) => {
      const found = subject(item);
      if (!compare) return found.length > 0;
      return found.length > 0 && compare(found[0], operand(item));
    });
}

function operandOf(text: string): (item: unknown) => unknown {
  if (text.startsWith('@')) {
    const path = parseJsonPath(text.slice(1));
    return (item) => path(item)[0];
  }
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted) return () => quoted[2];
  if (text === 'true' || text === 'false') return () => text === 'true';
  return () => (text !== '' && !Number.isNaN(Number(text)) ? Number(text) : text);
}
