/**
 * Lines whose cells end with tabs, aligned: a cell is as wide as the widest of the lines around it that have that cell
 * too, so a line without it begins a new block.
 *
 *     alignTabs('Name:\tweb\nLabels:\tapp=web') === 'Name:    web\nLabels:  app=web'
 *
 * Upstream: Go's text/tabwriter
 */

const padding = 2;

/** The text with every tab replaced by spaces. Spaces at the end of a line stay, as Go leaves them. */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  alignColumn(lines, 0, lines.length, 0);
  return lines.map((cells) => cells.join('')).join('\n');
}

/** Pads the cells of one column between two lines, block by block, and the columns to its right within each block. */
function alignColumn(lines: string[][], from: number, to: number, column: number): void {
  let start = from;
  while (start < to) {
    // The last cell of a line is not ended by a tab, so it belongs to no column.
    if (lines[start]!.length - 1 <= column) {
      start += 1;
      continue;
    }
    let end = start;
    while (end < to && lines[end]!.length - 1 > column) end += 1;
    const block = lines.slice(start, end);
    const width = Math.max(...block.map((cells) => cells[column]!.length)) + padding;
    for (const cells of block) cells[column] = cells[column]!.padEnd(width);
    alignColumn(lines, start, end, column + 1);
    start = end;
  }
}
