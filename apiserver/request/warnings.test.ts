import { expect, test } from 'vitest';
import { warningHeaders } from './warnings.ts';

test.each<[string, string[], string[]]>([
  ['quoted, each once', ['a "b" \\', 'c', 'c'], ['299 - "a \\"b\\" \\\\"', '299 - "c"']],
  ['what breaks a header is not sent', ['a\nb\u{1f984}é'], ['299 - "a?b??é"']],
])('%s', (_, warnings, headers) => expect(warningHeaders(warnings)).toEqual(headers));

test('long ones are cut, and of many the first are sent', () => {
  const many = Array.from({ length: 100 }, (_, i) => `${i} ${'x'.repeat(1000)}`);
  const headers = warningHeaders(many);
  expect(headers).toHaveLength(16);
  expect(headers.join('').length).toBeLessThan(5000);
});
