/**
 * Label selectors (`app=web,tier in (a,b),!canary`, and the LabelSelector object) and field selectors
 * (`spec.nodeName=n1,status.phase!=Running`): parsing, matching, and their canonical text.
 *
 * Upstream: apimachinery/pkg/labels/selector.go, pkg/fields/selector.go, pkg/apis/meta/v1/helpers.go
 */
import { badRequest } from './errors.ts';
import { isLabelValue, labelKeyErrors, labelValueErrors } from './names.ts';
import type { LabelSelector } from './types.ts';

type Operator = 'in' | 'notin' | '=' | '!=' | 'exists' | '!' | 'gt' | 'lt';

/** One condition on one label. */
export interface Requirement {
  key: string;
  operator: Operator;
  values: string[];
}

/** Conditions that all must hold; the empty list matches everything. Null matches nothing. */
export type Selector = Requirement[] | null;

/** Matches every object. */
export const everything: Selector = [];

/** Parses the text of a `labelSelector` parameter. Throws a 400 in Kubernetes' words. */
export function parseLabelSelector(text: string): Requirement[] {
  try {
    return new LabelParser(text).parse();
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

/** The selector of a LabelSelector object: an absent one matches nothing, an empty one everything. */
export function selectorOf(selector: LabelSelector | undefined): Selector {
  if (!selector) return null;
  const labels = Object.entries(selector.matchLabels ?? {});
  const equal = labels.map(([key, value]): Requirement => ({ key, operator: '=', values: [value] }));
  const expressions = (selector.matchExpressions ?? []).map(
    (e): Requirement => ({ key: e.key, operator: objectOperator(e.operator), values: e.values ?? [] }),
  );
  return [...equal, ...expressions];
}

function objectOperator(operator: string): Operator {
  switch (operator) {
    case 'In':
      return 'in';
    case 'NotIn':
      return 'notin';
    case 'Exists':
      return 'exists';
    case 'DoesNotExist':
      return '!';
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`);
  }
}

/** The selector that wants exactly these labels, as a Service or a ReplicationController has it. */
export const selectorOfLabels = (labels: Record<string, string> | undefined): Selector =>
  Object.entries(labels ?? {}).map(([key, value]) => ({ key, operator: '=', values: [value] }));

/** Whether the labels satisfy the selector. */
export const matches = (selector: Selector, labels: Record<string, string> | undefined): boolean =>
  selector?.every((requirement) => matchesRequirement(requirement, labels)) ?? false;

function matchesRequirement(
  { key, operator, values }: Requirement,
  labels: Record<string, string> | undefined,
): boolean {
  const value = labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case '=':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case 'gt':
      return isInteger(value) && BigInt(value) > BigInt(values[0]!);
    case 'lt':
      return isInteger(value) && BigInt(value) < BigInt(values[0]!);
  }
}

const isInteger = (text: string | undefined): text is string => text !== undefined && /^-?\d+$/.test(text);

/** The canonical text: sorted by key, one-value sets as `key in (value)`. The empty text for everything and nothing. */
export const formatSelector = (selector: Selector): string =>
  [...(selector ?? [])]
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(formatRequirement)
    .join(',');

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case '=':
    case '!=':
      return `${key}${operator}${values[0]}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`;
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'gt':
      return `${key}>${values[0]}`;
    case 'lt':
      return `${key}<${values[0]}`;
  }
}

/**
 * The text of a LabelSelector object as `status.selector` of a scale and a request parameter have it:
 * `app=web,tier in (a,b)`. Throws a 400 for an unknown operator.
 */
export const formatLabelSelector = (selector: LabelSelector | undefined): string =>
  formatSelector(selectorOf(selector));

/** Recursive descent over the tokens of a label selector. */
class LabelParser {
  #tokens: string[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = text.match(/==|!=|[=!(),<>]|[^=!(),<>\s]+/g) ?? [];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    while (this.#peek() !== '') {
      if (!isIdentifier(this.#peek()) && this.#peek() !== '!') {
        throw new Error(`found '${this.#peek()}', expected: !, identifier, or 'end of string'`);
      }
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        throw new Error(`unable to parse requirement: ${(error as Error).message}`);
      }
      if (this.#peek() === '') break;
      const comma = this.#next();
      if (comma !== ',') throw new Error(`found '${comma}', expected: ',' or 'end of string'`);
      if (!isIdentifier(this.#peek()) && this.#peek() !== '!') {
        throw new Error(`found '${this.#peek()}', expected: identifier after ','`);
      }
    }
    return requirements;
  }

  #peek(): string {
    return this.#tokens[this.#position] ?? '';
  }

  #next(): string {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #requirement(): Requirement {
    if (this.#peek() === '!') {
      this.#next();
      return this.#checked({ key: this.#key(), operator: '!', values: [] });
    }
    const key = this.#key();
    const token = this.#peek();
    if (token === '' || token === ',') return this.#checked({ key, operator: 'exists', values: [] });
    this.#next();
    switch (token) {
      case 'in':
      case 'notin':
        return this.#checked({ key, operator: token, values: this.#values() });
      case '=':
      case '==':
        return this.#checked({ key, operator: '=', values: [this.#value()] });
      case '!=':
        return this.#checked({ key, operator: '!=', values: [this.#value()] });
      case '>':
      case '<':
        return this.#checked({ key, operator: token === '>' ? 'gt' : 'lt', values: [this.#value()] });
      default:
        throw new Error(`found '${token}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  #key(): string {
    const key = this.#next();
    if (!isIdentifier(key)) throw new Error(`found '${key}', expected: identifier`);
    return key;
  }

  /** `in` and `notin` are words too where a value stands. */
  #value(): string {
    const token = this.#peek();
    if (token === '' || token === ',') return '';
    if (!isIdentifier(token)) throw new Error(`found '${token}', expected: identifier`);
    return this.#next();
  }

  #values(): string[] {
    const open = this.#next();
    if (open !== '(') throw new Error(`found '${open}' expected: '('`);
    const values = new Set<string>();
    let text = '';
    for (;;) {
      const token = this.#next();
      if (token === '') throw new Error(`found '', expected: ',', ')' or identifier`);
      if (token === ',' || token === ')') {
        values.add(text);
        text = '';
        if (token === ')') return [...values];
      } else if (isIdentifier(token)) {
        text = token;
      } else {
        throw new Error(`found '${token}', expected: ',', ')' or identifier`);
      }
    }
  }

  #checked(requirement: Requirement): Requirement {
    const { key, operator, values } = requirement;
    const keyError = labelKeyErrors(key)[0];
    if (keyError) throw new Error(`key: Invalid value: "${key}": ${keyError}`);
    if ((operator === 'gt' || operator === 'lt') && !isInteger(values[0])) {
      throw new Error(
        `values[0]: Invalid value: "${values[0]}": for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const bad = values.findIndex((v) => !isLabelValue(v));
    if (bad >= 0) {
      throw new Error(`values[${bad}][${key}]: Invalid value: "${values[bad]}": ${labelValueErrors(values[bad]!)[0]}`);
    }
    return requirement;
  }
}

const isIdentifier = (token: string): boolean => /^[^=!(),<>]+$/.test(token);

/** One condition of a field selector. */
export interface FieldRequirement {
  field: string;
  operator: '=' | '!=';
  value: string;
}

/** Parses the text of a `fieldSelector` parameter: `a=b,c!=d`; backslash quotes a comma, an equals sign and itself. */
export function parseFieldSelector(text: string): FieldRequirement[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^((?:\\.|[^\\=!])*)(!=|==|=)((?:.|\n)*)$/.exec(term);
      if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = '', operator, value = ''] = match;
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescapeValue(value) };
    });
}

const splitTerms = (text: string): string[] => text.match(/(?:\\.|[^\\,])+/g) ?? [];

function unescapeValue(text: string): string {
  const stray = /(?<!\\)(?:\\\\)*\\(?![\\,=])|(?<!\\)(?:\\\\)*([,=])/.exec(text);
  if (stray) throw badRequest(`invalid field selector: invalid escape sequence or unescaped character in '${text}'`);
  return text.replace(/\\([\\,=])/g, '$1');
}

/** How the fields that a kind can be selected by are read from an object. */
export type FieldGetters<T> = Record<string, (object: T) => string>;

/** A test of objects, from a field selector and the fields that the kind has. Throws a 400 for any other field. */
export function fieldMatcher<T>(requirements: FieldRequirement[], getters: FieldGetters<T>): (object: T) => boolean {
  const tests = requirements.map(({ field, operator, value }) => {
    if (!Object.hasOwn(getters, field)) throw badRequest(`field label not supported: ${field}`);
    const get = getters[field]!;
    return (object: T) => (get(object) === value) === (operator === '=');
  });
  return (object) => tests.every((passes) => passes(object));
}
