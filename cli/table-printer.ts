/**
 * Prints the server's tables as kubectl does.
 * Upstream: cli-runtime/pkg/printers/tableprinter.go
 */
import type { Table, TableRow } from '../api/table.ts';
import type { KubeObject } from '../api/types.ts';
import { type ApiResource, objectLabel } from './resources.ts';
import { columns } from './table.ts';

export interface TablePrinterOptions {
  wide: boolean;
  withNamespace: boolean;
  /** Print `pod/web` instead of `web`. */
  withType: boolean;
  headers: boolean;
  showLabels: boolean;
  labelColumns: string[];
  write(line: string): void;
}

export class TablePrinter {
  readonly #options: TablePrinterOptions;
  #type: ApiResource | undefined;
  /** Column widths of the current type: later rows of a watch line up with earlier ones. */
  #widths: number[] = [];
  /** A watch sends the head only once. */
  #definitions: Table['columnDefinitions'] = [];

  constructor(options: TablePrinterOptions) {
    this.#options = options;
  }

  get hasPrinted(): boolean {
    return this.#type !== undefined;
  }

  /** Prints the rows, below a head when the type is not the one printed last. Nothing at all for an empty table. */
  print(table: Table, type: ApiResource): void {
    if (table.columnDefinitions?.length) this.#definitions = table.columnDefinitions;
    if (!table.rows?.length) return;
    const lines: string[][] = [];
    if (this.#type !== type) {
      if (this.#type) this.#options.write('');
      this.#type = type;
      this.#widths = [];
      if (this.#options.headers) lines.push(this.#head(type));
    }
    for (const row of table.rows) lines.push(this.#line(row, type));
    this.#options.write(columns(lines, this.#widths));
  }

  #head(type: ApiResource): string[] {
    const { withNamespace, labelColumns, showLabels } = this.#options;
    return [
      ...(withNamespace && type.namespaced ? ['NAMESPACE'] : []),
      ...this.#shown().map(({ name }) => name.toUpperCase()),
      ...labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
      ...(showLabels ? ['LABELS'] : []),
    ];
  }

  #line({ cells, object }: TableRow, type: ApiResource): string[] {
    const { withNamespace, withType, labelColumns, showLabels } = this.#options;
    const { metadata } = (object ?? { metadata: {} }) as KubeObject;
    const labels = metadata.labels ?? {};
    const all = Object.keys(labels).sort();
    return [
      ...(withNamespace && type.namespaced ? [metadata.namespace ?? ''] : []),
      ...this.#shown().map(({ name, index }) => {
        const text = oneLine(cells[index]);
        return withType && name === 'Name' ? objectLabel(type, text) : text;
      }),
      ...labelColumns.map((label) => labels[label] ?? ''),
      ...(showLabels ? [all.length > 0 ? all.map((key) => `${key}=${labels[key]}`).join(',') : '<none>'] : []),
    ];
  }

  /** The columns to print, with their places in a row's cells. */
  #shown(): { name: string; index: number }[] {
    return this.#definitions
      .map(({ name, priority }, index) => ({ name, index, priority }))
      .filter(({ priority }) => this.#options.wide || !priority);
  }
}

/** A cell's text; of several lines the first, marked as cut. */
function oneLine(cell: unknown): string {
  if (cell === null || cell === undefined) return '<none>';
  const text = String(cell);
  const end = text.search(/[\f\n\r]/);
  return end < 0 ? text : `${text.slice(0, end)}...`;
}
