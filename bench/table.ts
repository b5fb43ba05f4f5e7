/** What a topic of the benchmark found, and how it is printed. */
import type { Comparison } from './rounds.ts';

export interface Row {
  what: string;
  ours: string;
  peer?: string | undefined;
  ratio?: number | undefined;
  aim?: Aim | undefined;
}

export interface Aim {
  /** `>= 1.5` */
  text: string;
  met: boolean;
}

export interface Table {
  title: string;
  /** What was done, and which way is better. */
  note: string;
  /** Names of the compared columns where these are not the benchmark's usual ones. */
  columns?: [string, string];
  rows: Row[];
}

/** A row for two rates or two times. */
export function comparisonRow(what: string, { ours, peer, ratio }: Comparison, digits: number, atLeast?: number): Row {
  const text = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const aim =
    atLeast === undefined
      ? undefined
      : { text: `>= ${atLeast.toFixed(atLeast % 0.1 < 0.01 || atLeast >= 1 ? 1 : 2)}`, met: ratio >= atLeast };
  return { what, ours: text(ours), peer: text(peer), ratio, aim };
}

/** Our figure has to stay below a limit. */
export const below = (value: number, limit: number, unit: string): Aim => ({
  text: `< ${limit} ${unit}`,
  met: value < limit,
});

/** The table as lines of text; columns of figures are aligned to the right. */
export function format({ title, note, rows, columns }: Table, usual: [string, string]): string {
  const header = ['', ...(columns ?? usual), 'ratio', 'aim', ''];
  const cells = rows.map(({ what, ours, peer, ratio, aim }) => [
    what,
    ours,
    peer ?? '',
    ratio?.toFixed(2) ?? '',
    aim?.text ?? '',
    aim ? (aim.met ? 'met' : 'MISSED') : '',
  ]);
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]!.length)));
  const line = (row: string[]): string =>
    row
      .map((cell, i) => (i === 0 || i > 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [title, `  ${note}`, ...[header, ...cells].map((row) => `  ${line(row)}`)].join('\n');
}
