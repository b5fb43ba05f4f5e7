import { expect, test } from 'vitest';
import { renderJsonPath, valuesAt } from './jsonpath.ts';

const list = {
  kind: 'List',
  items: [
    { metadata: { name: 'a', labels: { 'app.kubernetes.io/name': 'x' } }, status: { ready: true, n: 1 } },
    { metadata: { name: 'b' }, status: { conditions: [{ type: 'Ready', status: 'True' }], n: 2 } },
  ],
};

test.each([
  ['{.kind}', 'List'],
  ['{.items[*].metadata.name}', 'a b'],
  ['{.items[0].metadata.name} and {$.items[-1].metadata.name}', 'a and b'],
  ['{range .items[*]}{.metadata.name}{"\\t"}{.status.n}{"\\n"}{end}', 'a\t1\nb\t2\n'],
  ['{.items[1].status.conditions[?(@.type=="Ready")].status}', 'True'],
  ['{.items[?(@.status.n>1)].metadata.name}', 'b'],
  ['{.items[?(@.status.ready)].metadata.name}', 'a'],
  ['{.items[?(@.status.ready==true)].metadata.name}', 'a'],
  ['{.items[0].metadata.labels.app\\.kubernetes\\.io/name}', 'x'],
  ["{.items[0].metadata.labels['app.kubernetes.io/name']}", 'x'],
  ['{.items[0:1].metadata.name}', 'a'],
  ['{..name}', 'a b'],
  ['{.items[1].status.conditions[0]}', '{"status":"True","type":"Ready"}'],
  ['{.no.such.thing}', ''],
  ['{.items[9].metadata}', ''],
  ['plain', 'plain'],
])('%s', (template, expected) => expect(renderJsonPath(template, list)).toBe(expected));

test.each([
  ['{.a', 'unclosed action'],
  ['{range .items[*]}x', 'unclosed range'],
  ['{end}', 'not in range'],
  ['{.items[a]}', 'unrecognized character'],
])('%s is refused', (template, message) => expect(() => renderJsonPath(template, list)).toThrow(message));

test.each(['{.kind}', '.kind', 'kind'])('a single path: %s', (path) => expect(valuesAt(path, list)).toEqual(['List']));
