/**
 * Tables: the form in which `get` prints objects, made by the server from a kind's columns.
 *
 * Upstream: apiserver/pkg/registry/rest/table.go, pkg/printers/tablegenerator.go, meta/v1 Table
 */
import { apiVersionOf, type Column, type Kind } from './kind.ts';
import type { KubeObject, ListMeta } from './types.ts';

export { age } from './age.ts';

/** A Table of group `meta.k8s.io`, version `v1`. */
export interface Table {
  apiVersion: 'meta.k8s.io/v1';
  kind: 'Table';
  metadata: ListMeta;
  columnDefinitions: { name: string; type: string; format: string; description: string; priority: number }[];
  rows: TableRow[];
}

export interface TableRow {
  cells: (string | number | boolean | null)[];
  object?: unknown;
}

/** What each row carries beside its cells: the parameter `includeObject`. */
export type IncludeObject = 'Metadata' | 'None' | 'Object';

export interface TableOptions {
  /** Milliseconds since the epoch, for ages. */
  now: number;
  includeObject?: IncludeObject;
  /** The list's, or for one object its resourceVersion. */
  metadata?: ListMeta;
  /** False in the events of a watch after the first. */
  columns?: boolean;
}

const defaultColumns: Column<KubeObject>[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name of the object.',
    cell: (o) => o.metadata.name ?? '',
  },
  {
    name: 'Created At',
    type: 'date',
    description: 'When the object was created, by the server’s clock.',
    cell: (o) => o.metadata.creationTimestamp ?? '',
  },
];

/** The table of these objects, which are all of that kind. */
export function toTable<T extends KubeObject>(kind: Kind<T>, objects: readonly T[], options: TableOptions): Table {
  const columns = (kind.columns ?? defaultColumns) as Column<T>[];
  return {
    apiVersion: 'meta.k8s.io/v1',
    kind: 'Table',
    metadata: options.metadata ?? {},
    columnDefinitions: options.columns === false ? [] : columns.map(definition),
    rows: (kind.tableOrder ? objects.toSorted(kind.tableOrder) : objects).map((object) => ({
      cells: columns.map((column) => column.cell(object, options.now)),
      ...rowObject(kind, object, options.includeObject ?? 'Metadata'),
    })),
  };
}

const definition = (column: Column<never>) => ({
  name: column.name,
  type: column.type,
  format: column.format ?? '',
  description: column.description,
  priority: column.priority ?? 0,
});

function rowObject<T extends KubeObject>(kind: Kind<T>, object: T, include: IncludeObject): { object?: unknown } {
  if (include === 'None') return {};
  if (include === 'Metadata') return { object: partialMetadata(object) };
  return { object: { apiVersion: apiVersionOf(kind), kind: kind.kind, ...object } };
}

/** The object's metadata alone, as a PartialObjectMetadata. */
export const partialMetadata = (object: KubeObject) => ({
  kind: 'PartialObjectMetadata',
  apiVersion: 'meta.k8s.io/v1',
  metadata: object.metadata,
});
