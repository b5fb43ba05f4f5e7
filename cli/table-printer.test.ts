import { expect, test } from 'vitest';
import type { Table } from '../api/table.ts';
import { testResources } from './resources.fixture.ts';
import { TablePrinter, type TablePrinterOptions } from './table-printer.ts';

const [pods, services] = testResources;
const column = (name: string, priority = 0) => ({ name, type: 'string', format: '', description: '', priority });
const row = (...cells: (string | null)[]) => ({
  cells,
  object: { metadata: { name: cells[0], namespace: 'default', labels: { b: '2', a: '1' } } },
});

const table = (...rows: Table['rows']): Table => ({
  apiVersion: 'meta.k8s.io/v1',
  kind: 'Table',
  metadata: {},
  columnDefinitions: [column('Name'), column('Status'), column('Node', 1), column('Age')],
  rows,
});

function print(options: Partial<TablePrinterOptions>, use: (printer: TablePrinter) => void): string {
  const lines: string[] = [];
  const all = {
    wide: false,
    withNamespace: false,
    withType: false,
    headers: true,
    showLabels: false,
    labelColumns: [],
  };
  use(new TablePrinter({ ...all, ...options, write: (line) => lines.push(line) }));
  return lines.join('\n');
}

const one = table(row('web', 'Running', 'minik-1', '5s'));

test.each<[string, Partial<TablePrinterOptions>, string]>([
  ['plain', {}, 'NAME   STATUS    AGE\nweb    Running   5s'],
  ['wide', { wide: true }, 'NAME   STATUS    NODE      AGE\nweb    Running   minik-1   5s'],
  ['all namespaces', { withNamespace: true, headers: false }, 'default   web   Running   5s'],
  ['typed', { withType: true, headers: false }, 'pod/web   Running   5s'],
  ['labels', { showLabels: true, labelColumns: ['x/a'], headers: false }, 'web   Running   5s          a=1,b=2'],
])('%s', (_, options, expected) => expect(print(options, (printer) => printer.print(one, pods!))).toBe(expected));

test('another type begins a new table; an empty one prints nothing', () => {
  const text = print({}, (printer) => {
    printer.print(one, pods!);
    printer.print(table(), services!);
    printer.print(table(row('dns', 'x', 'y', '1m')), services!);
  });
  expect(text).toBe('NAME   STATUS    AGE\nweb    Running   5s\n\nNAME   STATUS   AGE\ndns    x        1m');
});

test('lines of a watch keep the widths, and come without a head', () => {
  const text = print({}, (printer) => {
    printer.print(one, pods!);
    printer.print({ ...table(row('a', 'Pending', null, '6s\nmore')), columnDefinitions: [] }, pods!);
  });
  expect(text.split('\n').at(-1)).toBe('a      Pending   6s...');
});
