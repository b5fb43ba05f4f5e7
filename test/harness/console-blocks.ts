/**
 * The commands of a document, and what it says that they print: blocks of ```console, where `$ ` begins a command, `> ` goes on with it,
 * and the lines below it are its output. In the output `...` stands for anything, on a line of its own for any lines.
 */
export interface ShownCommand {
  /** The heading that it stands below. */
  section: string;
  command: string;
  /** Each line with its newline; empty when none is shown. */
  output: string;
}

export function shownCommands(markdown: string): ShownCommand[] {
  const shown: ShownCommand[] = [];
  let section = '';
  let inside = false;
  for (const line of markdown.split('\n')) {
    const last = shown.at(-1);
    if (line.startsWith('```')) inside = line === '```console';
    else if (!inside) section = /^#+ (.*)/.exec(line)?.[1] ?? section;
    else if (line.startsWith('$ ')) shown.push({ section, command: line.slice(2), output: '' });
    else if (last?.output === '' && last.command.endsWith('\\')) last.command += `\n${line}`;
    else if (last?.output === '' && line.startsWith('> ')) last.command += `\n${line.slice(2)}`;
    else if (last) last.output += `${line}\n`;
  }
  return shown;
}

/** What differs from one run to the next: times, ages, revisions; and how wide a column is. */
const evened = (text: string): string =>
  text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/ (\d+m)?\d+s$/gm, ' AGE')
    .replaceAll(/ \d+$/gm, ' NUMBER')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/ $/gm, '')
    .trimEnd();

/** Whether that is what was printed. */
export function isShown(shown: string, printed: string): boolean {
  const pattern = evened(shown)
    .replaceAll(/[\\^$*+?()[\]{}|]/g, '\\$&')
    .replaceAll(/^\.\.\.$/gm, '[^]*')
    .replaceAll('...', '.*')
    .replaceAll(/\.(?!\*)/g, '\\.');
  return new RegExp(`^${pattern}$`).test(evened(printed));
}
