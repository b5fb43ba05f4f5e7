import { expect, test } from 'vitest';
import { goJson } from './go-json.ts';

test('keys are in order and HTML is escaped, as Go does it', () => {
  expect(goJson({ b: '<a> & \u2028', a: [{ d: 1, c: 2 }] })).toBe(
    '{"a":[{"c":2,"d":1}],"b":"\\u003ca\\u003e \\u0026 \\u2028"}',
  );
});
