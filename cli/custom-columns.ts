/**
 * `-o custom-columns=NAME:.metadata.name,IP:.status.podIP`: a table of values at paths, one row an object.
 * Upstream: kubectl/pkg/cmd/get/customcolumn.go
 */
import { readFileSync } from 'node:fs';
import { toText, valuesAt } from './jsonpath.ts';
import { columns } from './table.ts';

export interface CustomColumn {
  header: string;
  path: string;
}

/** Reads `HEADER:PATH,HEADER:PATH`. */
export function parseCustomColumns(spec: string): CustomColumn[] {
  if (spec === '') throw new Error('custom-columns format specified but no custom columns given');
  return spec.split(',').map((part) => {
    const [, header, path] = /^([^:]*):(.*)$/.exec(part) ?? [];
    if (header === undefined || path === undefined)
      throw new Error(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { header, path };
  });
}

/** Reads a file of two lines: the headers, and below each its path. */
export function readCustomColumns(file: string): CustomColumn[] {
  if (file === '') throw new Error('custom-columns-file format specified but no custom columns file given');
  const [headers = [], paths = []] = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  if (headers.length !== paths.length || headers[0] === '')
    throw new Error(`number of headers (${headers.length}) and field specifications (${paths.length}) don't match`);
  return headers.map((header, index) => ({ header, path: paths[index]! }));
}

/** The table; what has no value is `<none>`. */
export function formatCustomColumns(wanted: CustomColumn[], objects: unknown[], headers: boolean): string {
  const head = wanted.map(({ header }) => header);
  const rows = objects.map((object) => wanted.map(({ path }) => cell(valuesAt(path, object))));
  return `${columns(headers ? [head, ...rows] : rows)}\n`;
}

const cell = (values: unknown[]): string => (values.length === 0 ? '<none>' : values.map(toText).join(','));
