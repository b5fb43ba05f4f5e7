import { describe, expect, test } from 'vitest';
import { parseJson, strictErrors } from './parse-json.ts';
import { parseYaml, parseYamlDocuments } from './parse-yaml.ts';

describe('JSON', () => {
  test.each([
    ['{"a":{"b":1,"b":2},"c":[{"d":1,"d":1}]}', ['duplicate field "a.b"', 'duplicate field "c[0].d"']],
    ['{"a":1,"\\u0061":2}', ['duplicate field "a"']],
    ['{"a":{"x":1},"b":{"x":1}}', []],
    [' [1, -2.5e+3, "\\"\\\\", true, false, null, {}, []] ', []],
  ])('duplicates in %s', (text, duplicates) => {
    const parsed = parseJson(text, true);
    expect(parsed).toMatchObject({ value: JSON.parse(text), duplicates });
  });

  test('unknown and repeated fields are told in the order of the document, without what is inside of an unknown one', () => {
    const parsed = parseJson('{"b":1,"x":{"y":1,"y":2},"a":1,"a":2,"x":3,"c":{"z":1}}', true);
    const unknown = ['unknown field "x"', 'unknown field "c.z"'];
    expect(strictErrors(parsed, unknown)).toEqual(['unknown field "x"', 'duplicate field "a"', 'unknown field "c.z"']);
    expect(strictErrors(parsed, [])).toEqual(['duplicate field "x.y"', 'duplicate field "a"', 'duplicate field "x"']);
    expect(strictErrors(parseJson('{"x":1}', true), ['unknown field "x"'])).toEqual(['unknown field "x"']);
  });

  test('a body that nests too deep is refused', () => {
    expect(() => parseJson('['.repeat(1001) + ']'.repeat(1001), false)).toThrow('exceeded max depth');
    expect(parseJson('['.repeat(1000) + ']'.repeat(1000), true).duplicates).toEqual([]);
  });

  test.each([
    ['', 'unexpected end of JSON input'],
    ['{"a":1', 'unexpected end of JSON input'],
    ['{"a"', 'unexpected end of JSON input'],
    ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
    ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
    ['[1,]', "invalid character ']' looking for beginning of value"],
    ['[1 2]', "invalid character '2' after array element"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', `invalid character '"' after object key:value pair`],
    ['nul', 'unexpected end of JSON input'],
    ['nuxl', "invalid character 'x' in literal null (expecting 'l')"],
    ['"a\nb"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ['{} {}', "invalid character '{' after top-level value"],
    ['<html>', "invalid character '<' looking for beginning of value"],
    ['01', "invalid character '1' after top-level value"],
    ['-', 'unexpected end of JSON input'],
    ['1.x', "invalid character 'x' after decimal point in numeric literal"],
  ])('%s is refused', (text, message) => {
    expect(() => parseJson(text, false)).toThrow(new SyntaxError(message));
  });
});

describe('YAML', () => {
  test('is YAML 1.1 where manifests depend on it', () => {
    const text =
      'a: yes\nb: off\nmode: 0644\nport: 22:30\nday: 2001-01-01\nhex: 0x1F\nquoted: "yes"\nnone: ~\n1: x\nbin: !!binary aGk=';
    expect(parseYaml(text).value).toEqual({
      a: true,
      b: false,
      mode: 0o644,
      port: '22:30',
      day: '2001-01-01',
      hex: 31,
      quoted: 'yes',
      none: null,
      1: 'x',
      bin: 'hi',
    });
  });

  test.each([100, 3000, 20_000])('sequences that nest %i deep', (depth) => {
    const parse = () => parseYaml('- '.repeat(depth));
    if (depth === 100) expect(parse).not.toThrow();
    else expect(parse).toThrow('error converting YAML to JSON: yaml: exceeded max depth');
  });

  test('anchors and merge keys', () => {
    expect(parseYaml('a: &x {p: 1}\nb: {<<: *x, q: 2}').value).toEqual({ a: { p: 1 }, b: { p: 1, q: 2 } });
  });

  test('several documents, without the empty ones', () => {
    expect(parseYamlDocuments('---\n# nothing\n---\na: 1\n---\n---\nb: 2\n').map((d) => d.value)).toEqual([
      { a: 1 },
      { b: 2 },
    ]);
  });

  test('the last of repeated keys wins, and strict decoding is told', () => {
    expect(parseYaml('a: 1\nb:\n  c: 1\n  c: 2\n')).toEqual({
      value: { a: 1, b: { c: 2 } },
      duplicates: ['yaml: unmarshal errors:\n  line 4: key "c" already set in map'],
    });
  });

  test('JSON is YAML', () => {
    expect(parseYaml('{"a": [1, "x"]}').value).toEqual({ a: [1, 'x'] });
  });

  test.each([
    ['a: b: c', 'line 1'],
    ['a:\n\t- b', 'line 2: Tabs are not allowed'],
    ['a: [1', 'line 1'],
    ['"unterminated', 'line 1'],
    ['a: *nothing', 'Unresolved alias'],
  ])('%j is refused', (text, message) => {
    expect(() => parseYaml(text)).toThrow(message);
    expect(() => parseYaml(text)).toThrow(SyntaxError);
  });

  test('an alias bomb is refused', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdefg'[i]}`).join(',')}]`),
    ];
    expect(() => parseYaml(bomb.join('\n'))).toThrow(SyntaxError);
  });
});
