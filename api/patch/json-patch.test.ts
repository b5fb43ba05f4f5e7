import { describe, expect, test } from 'vitest';
import { cloneJson, type JsonObject } from './json.ts';
import { jsonPatch } from './json-patch.ts';
import { mergePatch } from './merge-patch.ts';
import { strategicMergePatch } from './strategic-merge.ts';
import { createThreeWayJsonMergePatch } from './three-way.ts';

describe('JSON patch', () => {
  const object = { a: { 'x/y': 1, 'm~n': 2 }, list: ['p', 'q'] };
  test.each([
    ['add', [{ op: 'add', path: '/b', value: 1 }], { ...object, b: 1 }],
    ['add into a list', [{ op: 'add', path: '/list/1', value: 'n' }], { ...object, list: ['p', 'n', 'q'] }],
    ['append', [{ op: 'add', path: '/list/-', value: 'z' }], { ...object, list: ['p', 'q', 'z'] }],
    [
      'escaped keys',
      [
        { op: 'replace', path: '/a/x~1y', value: 5 },
        { op: 'remove', path: '/a/m~0n' },
      ],
      { ...object, a: { 'x/y': 5 } },
    ],
    ['remove from a list', [{ op: 'remove', path: '/list/0' }], { ...object, list: ['q'] }],
    ['move', [{ op: 'move', from: '/list/0', path: '/first' }], { a: object.a, list: ['q'], first: 'p' }],
    ['copy', [{ op: 'copy', from: '/a', path: '/b' }], { ...object, b: object.a }],
    ['test', [{ op: 'test', path: '/list', value: ['p', 'q'] }], object],
    ['test of an absent field', [{ op: 'test', path: '/none', value: null }], object],
    [
      'a key that looks like the prototype',
      [{ op: 'add', path: '/__proto__', value: 1 }],
      JSON.parse('{"a":{"x/y":1,"m~n":2},"list":["p","q"],"__proto__":1}'),
    ],
  ])('%s', (_what, operations, result) => {
    const before = structuredClone(object);
    expect(jsonPatch<unknown>(object, operations)).toEqual(result);
    expect(object).toEqual(before);
  });

  test.each([
    ['a failed test', [{ op: 'test', path: '/list/0', value: 'x' }], 422, 'testing value /list/0 failed'],
    [
      'a missing path',
      [{ op: 'remove', path: '/b/c' }],
      422,
      'remove operation does not apply: doc is missing path: "/b/c"',
    ],
    ['an index out of range', [{ op: 'add', path: '/list/9', value: 1 }], 422, 'Unable to access invalid index: 9'],
    ['an unknown operation', [{ op: 'explode', path: '/a' }], 422, 'Unexpected kind: explode'],
    ['not a list', { op: 'add' }, 400, 'cannot unmarshal object into Go value of type jsonpatch.Patch'],
    ['a null operation', [null], 422, 'missing path'],
    [
      'copies that double the document',
      Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '', path: `/a${i}` })),
      422,
      'Unable to complete the copy, the accumulated size increase of copy is',
    ],
    [
      'more operations than are allowed',
      Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/b' })),
      413,
      'The allowed maximum operations in a JSON patch is 10000, got 10001',
    ],
  ])('%s is refused', (_what, operations, code, message) => {
    expect(() => jsonPatch(object, operations)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});

describe('merge patch', () => {
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [['a'], { a: 1 }, { a: 1 }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 1 }, ['c'], ['c']],
  ])('%j with %j is %j (RFC 7386, appendix A)', (target, patch, result) => {
    expect(mergePatch<unknown>(target, patch)).toEqual(result);
  });
});

describe('keys that JavaScript gives a meaning are keys like any other', () => {
  const patch = JSON.parse('{"__proto__":{"polluted":true},"constructor":{"x":1},"data":{"__proto__":"v"}}');
  const merged = '{"data":{"a":"b","__proto__":"v"},"__proto__":{"polluted":true},"constructor":{"x":1}}';

  test.each([
    ['merge', (object: object) => mergePatch(object, patch)],
    ['strategic', (object: object) => strategicMergePatch(object, patch, 'io.k8s.api.core.v1.ConfigMap')],
    [
      'three-way',
      (object: object) => mergePatch(object, createThreeWayJsonMergePatch({}, patch, object as JsonObject)),
    ],
  ])('%s', (_what, apply) => {
    const sorted = (text: string) => JSON.stringify(Object.entries(JSON.parse(text)).sort());
    expect(sorted(JSON.stringify(apply({ data: { a: 'b' } })))).toBe(sorted(merged));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

test('a copy shares nothing, and keeps keys that JavaScript gives a meaning', () => {
  const value = JSON.parse('{"a":[{"b":null},[1]],"__proto__":{"c":{"d":true}}}') as JsonObject;
  const copy = cloneJson(value);
  expect(JSON.stringify(copy)).toBe(JSON.stringify(value));
  const parts = (v: unknown): unknown[] =>
    typeof v === 'object' && v !== null ? [v, ...Object.values(v).flatMap(parts)] : [];
  expect(parts(copy).filter((part) => parts(value).includes(part))).toEqual([]);
});
