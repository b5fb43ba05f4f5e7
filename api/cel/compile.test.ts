import { describe, expect, test } from 'vitest';
import { runtimeBudget } from './budget.ts';
import { CompileError, compile, EvaluationError } from './compile.ts';
import { environment } from './environment.ts';

const run = (expression: string, bindings: Record<string, unknown> = {}): unknown => {
  const variables = Object.fromEntries(Object.keys(bindings).map((name) => [name, 'dyn']));
  return compile(environment(variables), expression, 'bool').evaluate(bindings, 1e6).value;
};

describe('libraries', () => {
  test.each([
    '[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && ["a", "b"].max() == "b"',
    '[1, 2].isSorted() && ![2, 1].isSorted() && [1, 2, 1].lastIndexOf(1) == 2 && ["a"].indexOf("b") == -1',
    'sets.contains([1, 2], [1]) && sets.equivalent([1, 1], [1]) && !sets.intersects([1], [2])',
    '"abc 123".find("[0-9]+") == "123" && "a1b2".findAll("[0-9]") == ["1", "2"] && "a1b2".findAll("[0-9]", 1) == ["1"]',
    '"abc".matches("^a.c$") && !matches("abd", "^a.c$")',
    '"hello".charAt(1) == "e" && "a-b-c".replace("-", "+") == "a+b+c" && "a-b-c".replace("-", "+", 1) == "a+b-c"',
    '"%s has %d, %.2f".format(["x", 3, 1.5]) == "x has 3, 1.50"',
    'strings.quote("a\\nb") == "\\"a\\\\nb\\""',
    'url("https://example.com:8080/a%20b?x=1").getHost() == "example.com:8080"',
    'url("https://example.com:8080/a?x=1").getPort() == "8080" && url("/path").getScheme() == ""',
    'url("https://h/p?x=1&x=2").getQuery()["x"] == ["1", "2"] && isURL("https://a/b") && !isURL("../a")',
    'quantity("1Gi").compareTo(quantity("1024Mi")) == 0 && quantity("500m").isLessThan(quantity("1"))',
    'quantity("1.5").add(quantity("500m")).asInteger() == 2 && !isQuantity("x") && quantity("3").sub(1).asInteger() == 2',
    'ip("10.0.0.1").family() == 4 && ip("::1").isLoopback() && ip.isCanonical("2001:db8::1") && !isIP("300.1.1.1")',
    'cidr("10.0.0.0/8").containsIP("10.1.2.3") && !cidr("10.0.0.0/8").containsIP("11.0.0.1")',
    'cidr("192.168.0.0/16").containsCIDR("192.168.1.0/24") && cidr("192.168.0.1/24").masked() == cidr("192.168.0.0/24")',
    '!format.dns1123Label().validate("good").hasValue() && format.dns1123Label().validate("Bad").hasValue()',
    'format.named("uuid").hasValue() && !format.named("nothing").hasValue()',
    'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0-rc.1").compareTo(semver("1.0.0")) == -1',
    'isSemver("1.0.0") && !isSemver("1.0") && isSemver("v1.0", true) && semver("1.2.3").minor() == 2',
    'optional.of(1).hasValue() && {"a": 1}[?"b"].orValue(5) == 5',
    'duration("1h").getMinutes() == 60 && timestamp("2020-01-01T00:00:00Z") < timestamp("2021-01-01T00:00:00Z")',
    '[1, 2, 3].exists(x, x > 2) && [1, 2].all(x, x > 0) && {"a": 1}.all(k, k == "a") && [1, 2].exists_one(x, x == 1)',
    '{"a": 1, "b": 2}.all(k, v, k != "" && v > 0) && [5, 6].exists(i, v, i == 1 && v == 6)',
    '[3, 4].existsOne(i, v, v == 3) && {"a": 1}.transformList(k, v, k) == ["a"]',
    '{"a": 1, "b": 2}.transformMap(k, v, v > 1, v * 2) == {"b": 4} && [7].transformList(i, v, v + i) == [7]',
    'optional.of(2).optMap(x, x + 1).value() == 3 && !optional.none().optMap(x, x).hasValue()',
    'optional.of(2).optFlatMap(x, optional.of(x * 2)).orValue(0) == 4 && !optional.ofNonZeroValue("").hasValue()',
    'cel.bind(x, "abc", x + x == "abcabc")',
  ])('%s', (expression) => {
    expect(run(expression)).toBe(true);
  });
});

describe('expressions that cannot be used', () => {
  test.each([
    ['nothing == 1', "undeclared reference to 'nothing' (in container '')"],
    ['1 + "a" == 2', "found no matching overload for '_+_' applied to '(int, string)'"],
    ['"a".unknown()', "found no matching overload for 'unknown' applied to 'string.()'"],
    ['true ? "a" : null', "found no matching overload for '_?_:_' applied to '(bool, string, null_type)'"],
    ['1 +', 'Syntax error'],
  ])('%s', (expression, text) => {
    expect(() => compile(environment({}), expression, 'bool')).toThrow(text);
  });

  test('the place is shown as cel-go shows it', () => {
    expect(() => compile(environment({}), 'true &&\n  nothing', 'bool')).toThrow(
      "compilation failed: ERROR: <input>:2:3: undeclared reference to 'nothing' (in container '')\n |   nothing\n | ..^",
    );
  });

  test('an operator stands where it is written', () => {
    expect(() => compile(environment({ a: 'int' }), '(a) > "x"', 'bool')).toThrow(
      'ERROR: <input>:1:5: found no matching',
    );
  });

  test('a result of another type', () => {
    expect(() => compile(environment({}), '1 + 1', 'bool')).toThrow(CompileError);
    expect(() => compile(environment({}), '1 + 1', 'bool')).toThrow('cel expression must evaluate to a bool');
  });
});

describe('evaluations without a result', () => {
  test.each([
    ['a.b == 1', { a: {} }, 'no such key: b'],
    ['a[3] == 1', { a: [1n] }, 'index out of bounds: 3'],
    ['1 / a == 1', { a: 0n }, 'division by zero'],
    ['a + 1 == 2', { a: 'x' }, 'no such overload'],
  ])('%s', (expression, bindings, text) => {
    expect(() => run(expression, bindings)).toThrow(text);
  });

  test.each([
    'range.all(a, range.all(b, range.all(c, range.all(d, a + b + c + d >= 0))))',
    'range.all(a, range.all(b, range.all(c, range.all(d, a + b + c + d >= 0)))) || true',
  ])('what would take too long ends soon: %s', (expression) => {
    const range = Array.from({ length: 1000 }, (_, i) => BigInt(i));
    const began = performance.now();
    let caught: unknown;
    try {
      run(expression, { range });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(EvaluationError);
    expect((caught as EvaluationError).exhausted).toBe(true);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  test('a macro costs what its turns cost, however large the list is that it goes through', () => {
    const items = Array.from({ length: 10 }, () => ({ name: 'a', text: 'x'.repeat(100_000) }));
    const program = compile(environment({ items: 'list<dyn>' }), 'items.all(one, one.name == "a")', 'bool');
    const { value, cost } = program.evaluate({ items }, runtimeBudget);
    expect(value).toBe(true);
    expect(cost).toBeLessThan(100);
    expect(program.evaluate({ items: [...items, ...items] }, runtimeBudget).cost).toBeGreaterThan(1.5 * cost);
  });

  test('strings cannot be doubled without end', () => {
    const doubled = Array.from({ length: 40 }, (_, i) => `cel.bind(s${i + 1}, s${i} + s${i}, `).join('');
    const expression = `cel.bind(s0, "0123456789", ${doubled}s40 != ""${')'.repeat(41)}`;
    expect(() => run(expression)).toThrow('actual cost limit exceeded');
  });

  test('a pattern that keeps backtracking engines busy takes no time', () => {
    const began = performance.now();
    expect(run('!s.matches("^(a+)+$")', { s: `${'a'.repeat(5000)}b` })).toBe(true);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
