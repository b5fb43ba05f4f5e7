/** Expressions and values that are made to keep the server busy or to fill its memory: each ends soon, most with the cost error. */
import { describe, expect, test } from 'vitest';
import { toDynamic } from '../structural/cel-types.ts';
import { admissionEnvironment } from './admission-environment.ts';
import { runtimeBudget } from './budget.ts';
import { compile, EvaluationError } from './compile.ts';
import { CelAuthorizer } from './library/authorizer.ts';

const items = Array.from({ length: 1000 }, (_, i) => i);
const tree = Array.from({ length: 20_000 }, (_, i) => ({ k: `v${i}`, n: { m: [i] } }));
const object = toDynamic({
  items,
  tree,
  copy: tree,
  big: 'a'.repeat(1_000_000),
  digits: '9'.repeat(1_000_000),
  words: items.map((i) => `word-${i}`),
});
const scope = { params: false, authorizer: true, variables: new Map<string, string>(), patches: true };
const authorizer = new CelAuthorizer(() => ({ allowed: true, reason: '' }));

/** What comes of it: `cost` when that was too high, `error` when it has no result, `result`. */
function outcome(expression: string): { ended: string; seconds: number } {
  const environment = admissionEnvironment(scope, expression);
  const began = performance.now();
  let ended = 'result';
  try {
    compile(environment, expression).evaluate({ object, authorizer }, runtimeBudget);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    ended = error.exhausted ? 'cost' : 'error';
    if (error.exhausted) expect(error.message).toBe('operation cancelled: actual cost limit exceeded');
  }
  return { ended, seconds: (performance.now() - began) / 1000 };
}

/** Far more than it takes, for machines that have other things to do. */
const soon = 10;

const doubled = (first: string): string => {
  const binds = items.slice(0, 30).map((i) => `cel.bind(s${i + 1}, s${i} + s${i}, `);
  return `cel.bind(s0, ${first}, ${binds.join('')}s30.size() > 0${')'.repeat(31)}`;
};

describe.each<[string, string[]]>([
  [
    'comprehensions in comprehensions',
    [
      'object.items.all(a, object.items.all(b, object.items.all(c, a + b + c >= 0)))',
      'object.items.all(a, v, object.items.all(b, w, object.items.all(c, x, a + b + c >= 0)))',
      'object.items.map(a, object.items.map(b, object.items.map(c, Object{}))).size() > 0',
      'object.items.exists(a, object.items.all(b, object.items.all(c, true)) && false) || true',
    ],
  ],
  [
    'long texts',
    [
      doubled('object.big'),
      'object.words.map(w, object.big).join("").size() > 0',
      'object.big.replace("a", object.big).size() > 0',
      'object.big.replace("", object.big).size() > 0',
      '"%s%s%s".format(object.words.map(w, object.big)) == ""',
      'object.items.all(i, object.big.split("").join(",").size() > 0)',
      'object.items.all(i, object.big.size() > 0)',
      'object.big.findAll("a").size() > 0',
    ],
  ],
  [
    'large objects',
    [
      doubled('object.items'),
      'object.items.all(i, object.tree == object.copy)',
      'object.items.all(i, object.tree.exists(t, t in object.copy))',
      'object.tree.all(t, object.tree.lastIndexOf(t) >= 0)',
      'object.items.all(i, sets.equivalent(object.words, object.words))',
    ],
  ],
  [
    'patterns',
    [
      'object.items.all(i, !object.big.matches("^(a|aa)+b$"))',
      '"x".matches(object.big)',
      'object.items.all(i, !"x".matches(object.big + string(i)))',
    ],
  ],
  ['numbers', ['quantity(object.digits).isInteger()', 'object.items.all(i, isQuantity(object.digits))']],
  ['questions to the authorizer', ['object.items.all(i, authorizer.path("/x").check("get").allowed())']],
])('%s cost too much', (_, expressions) => {
  test.each(expressions)('%s', (expression) => {
    const { ended, seconds } = outcome(expression);
    expect(ended).toBe('cost');
    expect(seconds).toBeLessThan(soon);
  });
});

describe('what other engines choke on is quick', () => {
  test.each([
    ['object.big.matches("^(a+)+$")', 'result'],
    ['"a".matches("((a{100}){100}){100}")', 'error'],
    ['int(object.digits) > 0', 'error'],
    ['duration(object.digits + "h") > duration("1h")', 'result'],
    ['timestamp(object.big) > timestamp("2020-01-01T00:00:00Z")', 'error'],
    ['isURL("http://" + object.big) && isIP(object.big) && isSemver(object.digits)', 'result'],
    ['format.dns1123Subdomain().validate(object.big).hasValue()', 'result'],
    ['format.qualifiedName().validate(object.big).hasValue()', 'result'],
    ['format.uri().validate(object.big).hasValue()', 'result'],
    ['object.items.all(i, object.big.charAt(i) == "a")', 'cost'],
    ['"%.1000000f".format([1.0]) == ""', 'error'],
  ])('%s', (expression, expected) => {
    const { ended, seconds } = outcome(expression);
    expect(ended).toBe(expected);
    expect(seconds).toBeLessThan(soon);
  });
});

describe('expressions that are too much for a compiler', () => {
  test.each<[string, string]>([
    ['deep brackets', `${'('.repeat(100_000)}true${')'.repeat(100_000)}`],
    ['deep lists', `${'['.repeat(100_000)}${']'.repeat(100_000)} == []`],
    ['deep objects', `${'Object{a: '.repeat(20_000)}1${'}'.repeat(20_000)} == 1`],
    ['a long chain', `object${'.a'.repeat(200_000)}`],
    ['a long sum', `${'1 + '.repeat(200_000)}1 > 0`],
    ['many negations', `${'!'.repeat(100_000)}true`],
    ['an endless text', `"${'a'.repeat(1_000_000)}`],
    ['names without end', `${'a.'.repeat(200_000)}a b`],
  ])('%s', (_, expression) => {
    const began = performance.now();
    expect(() => compile(admissionEnvironment(scope, expression), expression)).toThrow(
      'compilation failed: ERROR: <input>:1:',
    );
    expect(performance.now() - began).toBeLessThan(soon * 1000);
  });
});
