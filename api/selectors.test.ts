import { describe, expect, test } from 'vitest';
import {
  fieldMatcher,
  formatLabelSelector,
  formatSelector,
  matches,
  parseFieldSelector,
  parseLabelSelector,
  selectorOf,
  selectorOfLabels,
} from './selectors.ts';

const labels = { app: 'web', tier: 'front', n: '5' };

describe('label selectors', () => {
  test.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app=db', false],
    ['app!=db', true],
    ['other!=x', true],
    ['app in (web,db)', true],
    ['app in (db)', false],
    ['app notin (db, cache)', true],
    ['other notin (x)', true],
    ['app', true],
    ['other', false],
    ['!other', true],
    ['!app', false],
    ['n>4', true],
    ['n<4', false],
    ['app=web,tier in (front),!other', true],
    [' app = web , tier != back ', true],
    ['other=', false],
    ['app.kubernetes.io/name!=x', true],
  ])('%j: %s', (text, expected) => {
    expect(matches(parseLabelSelector(text), labels)).toBe(expected);
  });

  test.each([
    ['b=2,a in (y,x)', 'a in (x,y),b=2'],
    ['!c,d', '!c,d'],
    ['a!=1,b notin (2)', 'a!=1,b notin (2)'],
  ])('%s is written %s', (text, canonical) => {
    expect(formatSelector(parseLabelSelector(text))).toBe(canonical);
  });

  test.each([
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',', ')' or identifier"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a,', "found '', expected: identifier after ','"],
    [
      '-a=b',
      'unable to parse requirement: key: Invalid value: "-a": name part must consist of alphanumeric characters',
    ],
    ['a=-b', 'unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty string'],
    ['a>x', 'unable to parse requirement: values[0]: Invalid value: "x": for'],
  ])('%j is a 400', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(
      expect.objectContaining({
        code: 400,
        message: expect.stringContaining(message),
      }),
    );
  });

  test('objects', () => {
    const selector = {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'front'] }],
    };
    expect(matches(selectorOf(selector), labels)).toBe(true);
    expect(formatLabelSelector(selector)).toBe('app=web,tier in (b,front)');
    expect(matches(selectorOf({}), labels)).toBe(true);
    expect(matches(selectorOf(undefined), labels)).toBe(false);
    expect(matches(selectorOfLabels({ app: 'web' }), labels)).toBe(true);
  });
});

describe('field selectors', () => {
  const getters = { 'spec.nodeName': (o: { node: string }) => o.node };
  test.each([
    ['spec.nodeName=n1', true],
    ['spec.nodeName==n1', true],
    ['spec.nodeName!=n1', false],
    ['spec.nodeName=', false],
    ['spec.nodeName=n1,spec.nodeName!=n2', true],
    ['', true],
  ])('%j: %s', (text, expected) => {
    expect(fieldMatcher(parseFieldSelector(text), getters)({ node: 'n1' })).toBe(expected);
  });

  test('a backslash quotes', () => {
    expect(parseFieldSelector('a=x\\,y\\=z\\\\')).toEqual([{ field: 'a', operator: '=', value: 'x,y=z\\' }]);
  });

  test.each([
    ['spec.foo=1', 'field label not supported: spec.foo'],
    ['spec.nodeName', "invalid selector: 'spec.nodeName'; can't understand 'spec.nodeName'"],
  ])('%j is a 400', (text, message) => {
    expect(() => fieldMatcher(parseFieldSelector(text), getters)).toThrow(
      expect.objectContaining({ code: 400, message }),
    );
  });
});
