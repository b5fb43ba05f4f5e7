import { expect, test } from 'vitest';
import { formatCustomColumns, parseCustomColumns } from './custom-columns.ts';

const objects = [
  { metadata: { name: 'web' }, spec: { containers: [{ image: 'a' }, { image: 'b' }] } },
  { metadata: { name: 'long-name' }, spec: {} },
];

test('a row an object, a column a path', () => {
  const wanted = parseCustomColumns('NAME:.metadata.name,IMAGES:{.spec.containers[*].image},IP:.status.podIP');
  expect(formatCustomColumns(wanted, objects, true)).toBe(
    'NAME        IMAGES   IP\nweb         a,b      <none>\nlong-name   <none>   <none>\n',
  );
  expect(formatCustomColumns(wanted.slice(0, 1), objects, false)).toBe('web\nlong-name\n');
});

test.each([
  ['', 'custom-columns format specified but no custom columns given'],
  ['NAME', 'unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>'],
])('%j is refused', (spec, message) => {
  expect(() => parseCustomColumns(spec)).toThrow(message);
});
