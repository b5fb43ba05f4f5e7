/**
 * A document that is followed to the letter: its commands run one after the other in one shell, and print what it says that they
 * print. What the server warns of kinds that nothing acts on yet is left out before, and so is the advice that minikctl gives in place of kubectl.
 */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { isShown, type ShownCommand, shownCommands } from './console-blocks.ts';
import { Shell } from './shell.ts';

const inertWarning = /^Warning: .* is stored and served, but nothing in this cluster acts on it yet\n/gm;

const advice = /^This would allow it:\n(?: .*\n)+(?:So would .*\n)?/m;

export class WalkThrough {
  readonly shell: Shell;
  /** The headings that have commands, in order. */
  readonly sections: string[];
  readonly #commands: ShownCommand[];

  constructor(file: string, cwd: string, env: NodeJS.ProcessEnv) {
    this.#commands = shownCommands(readFileSync(file, 'utf8'));
    this.sections = [...new Set(this.#commands.map(({ section }) => section))];
    this.shell = new Shell(cwd, env);
  }

  /** Runs the commands of a section. Those that the document shows to be refused must fail, the others must not. */
  async play(section: string | undefined): Promise<void> {
    for (const { command, output: shown } of this.#commands.filter((one) => one.section === section)) {
      const { status, output } = await this.shell.run(command);
      const said = output.replaceAll(inertWarning, '');
      const printed = advice.test(shown) ? said : said.replace(advice, '');
      const refused = /^(Error from server|error:|no$)/m.test(shown);
      expect({ command, printed, refused: status !== 0 }).toEqual({ command, printed, refused });
      if (!isShown(shown, printed)) expect({ command, printed }).toEqual({ command, printed: shown });
    }
  }

  close(): void {
    this.shell.close();
  }
}
