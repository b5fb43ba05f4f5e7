/** What a command of minikctl is: its options, and what it does with them. `cli/commands/all.ts` lists the commands. */
import type { Session } from './session.ts';

/** Flags and help of one option, as commander reads them: `['-w, --watch', 'After listing, watch for changes.']`. */
export type OptionSpec = [flags: string, help: string, more?: OptionMore];

export interface OptionMore {
  default?: string | boolean | string[];
  /** May be given several times; the value is the list. Commas separate values too, but where each is meant as a `whole`. */
  repeatable?: boolean | 'whole';
  /** The value when the flag is given without one; it never is the argument behind it. */
  bare?: string;
  /** Turns the text into the value; throws an error whose message says what was expected. */
  parse?: (text: string) => unknown;
}

/** The options as given, by camel-cased name. Each command narrows this to what it declares. */
export type Options = Record<string, unknown>;

export interface CliCommand {
  /** What follows the name in the usage line. */
  usage: string;
  options: OptionSpec[];
  /** Shown below the options. */
  examples?: string;
  /** Commands below this one; without them `run` is called. */
  subcommands?: CommandEntry[];
  /** `dash` is how many of the arguments came before `--`; undefined without one. Throws what shall be printed. */
  run?(args: string[], options: Options, session: Session, dash: number | undefined): Promise<void>;
}

/** A line of the table of commands. The command itself is loaded only when it is asked for. */
export interface CommandEntry {
  name: string;
  /** The other name that it has. */
  alias?: string;
  summary: string;
  load(): Promise<CliCommand>;
}

/** Reads a whole number of at least `min`, and at most `max`. */
export const integer =
  (min = 0, max = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min) throw new Error(`must be a whole number of at least ${min}`);
    if (value > max) throw new Error(`must be at most ${max}`);
    return value;
  };

/** Accepts one of the texts. */
export const oneOf =
  (...choices: string[]) =>
  (text: string): string => {
    if (!choices.includes(text)) throw new Error(`must be one of ${choices.join(', ')}`);
    return text;
  };
