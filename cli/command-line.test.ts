import { expect, test } from 'vitest';
import { type FlagSyntax, operandsOf, spelledOut } from './command-line.ts';

const flags: FlagSyntax[] = [
  { names: ['-o', '--output'], takes: 'value' },
  { names: ['-A', '--all-namespaces'], takes: 'nothing' },
  { names: ['--dry-run'], takes: { bare: 'unchanged' } },
];

test.each<[string, string]>([
  ['get pods -o=wide', 'get pods -o wide'],
  ['get pods -o wide', 'get pods -o wide'],
  ['get pods --output=wide', 'get pods --output=wide'],
  ['get pods -o=custom-columns=A:.b', 'get pods -o custom-columns=A:.b'],
  ['get pods --all-namespaces=true', 'get pods --all-namespaces'],
  ['get pods -A=false', 'get pods'],
  ['create --dry-run ns', 'create --dry-run=unchanged ns'],
  ['create --dry-run=client ns', 'create --dry-run=client ns'],
  ['create -o --dry-run', 'create -o --dry-run'],
  ['exec web -- ls -o=wide -A=true', 'exec web -- ls -o=wide -A=true'],
])('%s', (typed, meant) => {
  expect(spelledOut(typed.split(' '), flags)).toEqual(meant.split(' '));
});

test('a truth value is one', () => {
  expect(() => spelledOut(['--all-namespaces=maybe'], flags)).toThrow(
    'invalid argument "maybe" for "--all-namespaces" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
  );
});

test.each<[string, string[]]>([
  ['-o create get pods', ['get', 'pods']],
  ['--output=create get -A pods', ['get', 'pods']],
  ['exec web -- create', ['exec', 'web']],
])('operands of %s', (typed, operands) => {
  expect(operandsOf(typed.split(' '), flags)).toEqual(operands);
});
