import { expect, test } from 'vitest';
import { namespaces } from './kinds/namespaces.ts';
import { toTable } from './table.ts';
import type { Namespace } from './types.ts';

const now = Date.parse('2024-01-01T00:01:00Z');
const namespace: Namespace = {
  metadata: { name: 'a', creationTimestamp: '2024-01-01T00:00:00Z' },
  status: { phase: 'Active' },
};

test('a table has columns, cells and the metadata of each row', () => {
  const table = toTable(namespaces, [namespace], { now, metadata: { resourceVersion: '5' } });
  expect(table.metadata).toEqual({ resourceVersion: '5' });
  expect(table.columnDefinitions.map(({ name, type, format, priority }) => [name, type, format, priority])).toEqual([
    ['Name', 'string', 'name', 0],
    ['Status', 'string', '', 0],
    ['Age', 'string', '', 0],
  ]);
  expect(table.rows).toEqual([
    {
      cells: ['a', 'Active', '60s'],
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: namespace.metadata },
    },
  ]);
});

test('a row carries what was asked for', () => {
  const row = (includeObject: 'None' | 'Object') => toTable(namespaces, [namespace], { now, includeObject }).rows[0];
  expect(row('None')).toEqual({ cells: ['a', 'Active', '60s'] });
  expect(row('Object')?.object).toEqual({ apiVersion: 'v1', kind: 'Namespace', ...namespace });
});

test('events of a watch need the columns once', () => {
  expect(toTable(namespaces, [namespace], { now, columns: false }).columnDefinitions).toEqual([]);
});

test('a kind without columns prints its name and when it was created', () => {
  const table = toTable({ ...namespaces, columns: undefined }, [namespace], { now });
  expect(table.columnDefinitions.map((c) => c.name)).toEqual(['Name', 'Created At']);
  expect(table.rows[0]?.cells).toEqual(['a', '2024-01-01T00:00:00Z']);
});
