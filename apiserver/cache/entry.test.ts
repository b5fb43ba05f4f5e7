import { describe, expect, test } from 'vitest';
import { Entry, withResourceVersion } from './entry.ts';

describe('withResourceVersion', () => {
  test.each([
    [
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}',
      '{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"}}',
    ],
    // Somebody else's order, a version inside, one further down: right, if slower.
    [
      '{"metadata":{"name":"a"},"kind":"Pod","apiVersion":"v1"}',
      '{"metadata":{"name":"a","resourceVersion":"7"},"kind":"Pod","apiVersion":"v1"}',
    ],
    [
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"3"}}',
      '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"7"}}',
    ],
    [
      '{"kind":"Event","apiVersion":"v1","metadata":{"name":"a"},"involvedObject":{"resourceVersion":"3"}}',
      '{"kind":"Event","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"7"},"involvedObject":{"resourceVersion":"3"}}',
    ],
  ])('%s', (value, expected) => {
    expect(withResourceVersion(Buffer.from(value), 7).toString()).toBe(expected);
  });

  test.each(['', 'k8s\0x', '[]', 'null', '{"kind":"Pod"}'])('refuses %j', (value) => {
    expect(() => withResourceVersion(Buffer.from(value), 7)).toThrow(SyntaxError);
  });
});

test('an entry at another revision differs in nothing else', () => {
  const entry = new Entry('default/é', 7, Buffer.from('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"é"}}'));
  const later = entry.at(9);
  expect(later.object).toEqual({ ...entry.object, metadata: { name: 'é', resourceVersion: '9' } });
  expect(entry.object.metadata.resourceVersion).toBe('7');
});

test('what is kept shares its memory with nothing', () => {
  const value = Buffer.from('{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}');
  const { bytes } = new Entry('a', 7, value);
  expect(bytes.buffer.byteLength).toBe(bytes.length);
});
