import { expect, test } from 'vitest';
import { parseJsonPath } from './json-path.ts';

const root = {
  spec: { replicas: 2, 'a.b/c': 'dotted', items: [{ name: 'x', n: 1 }, { name: 'y', n: 2 }, { name: 'z' }] },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

test.each([
  ['.spec.replicas', [2]],
  ['.spec.nothing.more', []],
  ['.spec.a\\.b/c', ['dotted']],
  [".spec['a.b/c']", ['dotted']],
  ['.spec.items[0].name', ['x']],
  ['.spec.items[-1].name', ['z']],
  ['.spec.items[9].name', []],
  ['.spec.items[*].name', ['x', 'y', 'z']],
  ['.spec.items[0:2].name', ['x', 'y']],
  ['.spec.items[0,2].name', ['x', 'z']],
  ['.status.conditions[?(@.type=="Ready")].status', ['True']],
  [".status.conditions[?(@.type == 'None')].status", []],
  ['.spec.items[?(@.n>1)].name', ['y']],
  ['.spec.items[?(@.n)].name', ['x', 'y']],
  ['..type', ['Ready', 'Other']],
  ['.', [root]],
])('%s', (path, values) => {
  expect(parseJsonPath(path)(root)).toEqual(values);
});

test.each(['.spec[', 'spec', '.a[?(1)]', '.a[x]'])('%s is no path', (path) => {
  expect(() => parseJsonPath(path)).toThrow(SyntaxError);
});
