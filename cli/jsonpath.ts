/**
 * kubectl's JSONPath templates: `{.metadata.name}`, `{range .items[*]}{.metadata.name}{"\n"}{end}`,
 * `{.status.conditions[?(@.type=="Ready")].status}`. Unions (`['a','b']`) and steps in slices are refused.
 *
 * Upstream: client-go/util/jsonpath
 */
import { goJson } from './go-json.ts';

type Step =
  | { type: 'field'; name: string }
  | { type: 'all' }
  | { type: 'descendants'; name: string }
  | { type: 'slice'; from: number | undefined; to: number | undefined }
  | { type: 'index'; index: number }
  | { type: 'filter'; left: Step[]; operator?: string; right?: unknown };

type Part = { text: string } | { path: Step[] } | { range: Step[]; body: Part[] };

/** Renders the template for the object; what is absent renders as nothing. Throws on a template that cannot be read. */
export function renderJsonPath(template: string, object: unknown): string {
  return render(parseTemplate(template), object, object);
}

/** The values at one path, with or without braces: `{.status.phase}`, `.status.phase`, `status.phase`. */
export function valuesAt(expression: string, object: unknown): unknown[] {
  const inner = /^\{(.*)\}$/.exec(expression)?.[1] ?? expression;
  return evaluate(parsePath(/^[.$@[]/.test(inner) ? inner : `.${inner}`), object, object);
}

function render(parts: Part[], current: unknown, root: unknown): string {
  return parts
    .map((part) => {
      if ('text' in part) return part.text;
      if ('path' in part) return evaluate(part.path, current, root).map(toText).join(' ');
      return evaluate(part.range, current, root)
        .map((item) => render(part.body, item, root))
        .join('');
    })
    .join('');
}

/** How a value stands in text: a string as it is, anything else as JSON. */
export const toText = (value: unknown): string => (typeof value === 'string' ? value : goJson(value));

function parseTemplate(template: string): Part[] {
  const stack: Part[][] = [[]];
  for (let at = 0; at < template.length; ) {
    const open = template.indexOf('{', at);
    if (open !== at) stack.at(-1)!.push({ text: template.slice(at, open < 0 ? undefined : open) });
    if (open < 0) break;
    const close = closingBrace(template, open);
    addAction(template.slice(open + 1, close).trim(), stack);
    at = close + 1;
  }
  if (stack.length > 1) throw new Error(`error parsing jsonpath ${template}, unclosed range`);
  return stack[0]!;
}

function addAction(action: string, stack: Part[][]): void {
  const quoted = /^(["'])(.*)\1$/s.exec(action);
  if (quoted) {
    stack.at(-1)!.push({ text: unquote(quoted[2]!) });
  } else if (/^range\s/.test(action)) {
    const body: Part[] = [];
    stack.at(-1)!.push({ range: parsePath(action.slice('range'.length).trim()), body });
    stack.push(body);
  } else if (action === 'end') {
    if (stack.length === 1) throw new Error('error parsing jsonpath: not in range, nothing to end');
    stack.pop();
  } else {
    stack.at(-1)!.push({ path: parsePath(action) });
  }
}

const unquote = (text: string): string =>
  text.replace(/\\(.)/g, (_, letter: string) => ({ n: '\n', t: '\t', r: '\r' })[letter] ?? letter);

/** The brace that closes the one at `open`; braces inside quotes do not count. */
function closingBrace(template: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < template.length; at++) {
    const letter = template[at]!;
    if (letter === '\\' && quote) at++;
    else if (quote) quote = letter === quote ? '' : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '}') return at;
  }
  throw new Error(`error parsing jsonpath ${template}, unclosed action`);
}

const tokens: [pattern: RegExp, toStep: (match: RegExpExecArray) => Step][] = [
  [/^\.\.([\w-]+)/, ([, name]) => ({ type: 'descendants', name: name! })],
  [/^\.\*/, () => ({ type: 'all' })],
  // A dot in a name is escaped: {.metadata.annotations.kubernetes\.io/name}
  [/^\.((?:\\.|[^\s.[\]{}()=!<>*\\])+)/, ([, name]) => ({ type: 'field', name: name!.replace(/\\(.)/g, '$1') })],
  [/^\[\*\]/, () => ({ type: 'all' })],
  [/^\[(-?\d+)\]/, ([, index]) => ({ type: 'index', index: Number(index) })],
  [/^\[(-?\d*):(-?\d*)\]/, ([, from, to]) => ({ type: 'slice', from: numberOr(from), to: numberOr(to) })],
  [/^\[(["'])((?:\\.|(?!\1).)*)\1\]/, ([, , name]) => ({ type: 'field', name: unquote(name!) })],
  [/^\[\?\((.+?)\)\]/, ([, condition]) => parseFilter(condition!)],
];

const numberOr = (text: string | undefined): number | undefined => (text ? Number(text) : undefined);

function parsePath(text: string): Step[] {
  let rest = text.replace(/^[$@](?=[.[]|$)/, '');
  const steps: Step[] = [];
  while (rest && rest !== '.') {
    const found = tokens.map(([pattern, toStep]) => ({ match: pattern.exec(rest), toStep })).find(({ match }) => match);
    if (!found?.match) throw new Error(`error parsing jsonpath ${text}: unrecognized character in action: ${rest[0]}`);
    steps.push(found.toStep(found.match));
    rest = rest.slice(found.match[0].length);
  }
  return steps;
}

function parseFilter(condition: string): Step {
  const [, left, operator, right] = /^\s*@(\S*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*$/.exec(condition) ?? [];
  if (left === undefined) throw new Error(`error parsing jsonpath: cannot read the filter ${condition}`);
  if (!operator) return { type: 'filter', left: parsePath(left) };
  return { type: 'filter', left: parsePath(left), operator, right: parseLiteral(right!) };
}

function parseLiteral(text: string): unknown {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted) return unquote(quoted[2]!);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error(`error parsing jsonpath: cannot read the value ${text}`);
  }
}

function evaluate(steps: Step[], current: unknown, root: unknown): unknown[] {
  return steps.reduce((values, step) => values.flatMap((value) => follow(step, value, root)), [current] as unknown[]);
}

function follow(step: Step, value: unknown, root: unknown): unknown[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  switch (step.type) {
    case 'field':
      return isRecord(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case 'all':
      return isRecord(value) ? Object.values(value) : list;
    case 'index':
      return list.slice(step.index).slice(0, 1);
    case 'slice':
      return list.slice(step.from, step.to);
    case 'descendants':
      return descendants(step.name, value);
    case 'filter':
      return list.filter((item) => passes(step, item, root));
  }
}

function descendants(name: string, value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : [];
  return [...own, ...Object.values(value).flatMap((inner) => descendants(name, inner))];
}

function passes(step: Extract<Step, { type: 'filter' }>, item: unknown, root: unknown): boolean {
  const [left] = evaluate(step.left, item, root);
  if (!step.operator) return left !== undefined;
  const right = step.right as string | number;
  const value = left as string | number;
  switch (step.operator) {
    case '==':
      return value === right;
    case '!=':
      return value !== right;
    case '<':
      return value < right;
    case '>':
      return value > right;
    case '<=':
      return value <= right;
    default:
      return value >= right;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
