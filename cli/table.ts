/**
 * Text in columns, spaced as kubectl spaces it: each as wide as its widest cell and three spaces, six at least.
 * Upstream: cli-runtime/pkg/printers/tabwriter.go
 */
import { escapeTerminal } from './terminal.ts';

const padding = 3;
const minWidth = 6;

/** The lines without a newline at the end. `widths`, when given, keeps the columns of earlier lines and is updated. */
export function columns(texts: string[][], widths: number[] = []): string {
  const rows = texts.map((row) => row.map(escapeTerminal));
  for (const row of rows)
    row.forEach((cell, index) => {
      if (index < row.length - 1) widths[index] = Math.max(widths[index] ?? minWidth, cell.length + padding);
    });
  return rows
    .map((row) => row.map((cell, index) => (index < row.length - 1 ? cell.padEnd(widths[index]!) : cell)).join(''))
    .join('\n');
}
