/** Collects the lines of a description: indented, with tabs between cells, aligned at the end. */
import { alignTabs } from '../tab-writer.ts';
import { escapeTerminal } from '../terminal.ts';

export class Description {
  readonly #lines: string[] = [];

  /** Adds a line. Each level indents by two spaces. */
  line(level: number, text: string): void {
    this.#lines.push('  '.repeat(level) + text);
  }

  /** A name and a value: `Name:\tweb`. */
  field(level: number, name: string, value: unknown): void {
    this.line(level, `${name}:\t${String(value)}`);
  }

  /** A map on lines of its own, in order of its keys; one that is empty says so. */
  map(level: number, name: string, map: Record<string, string> | undefined, separator = '='): void {
    const entries = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
    if (entries.length === 0) this.field(level, name, '<none>');
    entries.forEach(([key, value], index) => {
      this.line(level, `${index === 0 ? `${name}:` : ''}\t${key}${separator}${value}`);
    });
  }

  /** Values below each other; none says so. */
  list(level: number, name: string, values: string[]): void {
    if (values.length === 0) this.field(level, name, '<none>');
    values.forEach((value, index) => {
      this.line(level, `${index === 0 ? `${name}:` : ''}\t${value}`);
    });
  }

  /** Rows below a head that is underlined with dashes. */
  table(level: number, head: string[], rows: string[][]): void {
    for (const row of [head, head.map((name) => '-'.repeat(name.length)), ...rows]) this.line(level, row.join('\t'));
  }

  toString(): string {
    return `${alignTabs(escapeTerminal(this.#lines.join('\n')))}\n`;
  }
}

/** `Mon, 02 Jan 2006 15:04:05 +0000`, as kubectl prints times. */
export function longTime(timestamp: string | undefined): string {
  return timestamp ? new Date(timestamp).toUTCString().replace('GMT', '+0000') : '<unset>';
}
