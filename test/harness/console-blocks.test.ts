import { expect, test } from 'vitest';
import { isShown, shownCommands } from './console-blocks.ts';

test('commands stand below their heading, with what they print', () => {
  const text = [
    '# One',
    '```console',
    '$ a \\',
    '    b',
    'A',
    '  indented',
    '$ c',
    '```',
    'text',
    '## Two',
    '```sh',
    '$ not this',
    '```',
    '```console',
    '$ d',
    '',
    'D',
    '```',
  ];
  expect(shownCommands(text.join('\n'))).toEqual([
    { section: 'One', command: 'a \\\n    b', output: 'A\n  indented\n' },
    { section: 'One', command: 'c', output: '' },
    { section: 'Two', command: 'd', output: '\nD\n' },
  ]);
});

test.each<[string, string, boolean]>([
  ['pod/web created', 'pod/web created\n', true],
  ['pod/web created', 'pod/web unchanged\n', false],
  ['', 'pod/web created\n', false],
  ['pod/web created', '', false],
  ['NAME   AGE\nweb    5s', 'NAME         AGE\nweb          1m12s', true],
  ['a 2026-11-21T12:00:00Z b', 'a 2027-01-01T00:00:00Z b', true],
  ['code 200 here', 'code 201 here', false],
  ['one ... three', 'one two three', true],
  ['one ... three', 'one\nthree', false],
  ['first\n...\nlast', 'first\nsecond\nthird\nlast', true],
  ['(a.b) [c] {"d": 1}', '(a.b) [c] {"d": 1}', true],
  ['a.b', 'axb', false],
  ['created', 'not created', false],
])('%j is what %j shows: %j', (shown, printed, expected) => {
  expect(isShown(shown, printed)).toBe(expected);
});
