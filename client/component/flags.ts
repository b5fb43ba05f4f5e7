/**
 * One table of flags per process: the real component's names, a default, a line of help. Parsing, `--help` and the
 * values' types come from the table.
 */
import { Command, InvalidArgumentError, Option } from 'commander';

export interface Flag {
  type: 'string' | 'int' | 'bool' | 'list' | 'duration';
  help: string;
  /** Text as it would be given on the command line. Absent: the value is undefined when the flag is not given. */
  default?: string;
  /** The only texts allowed. */
  choices?: readonly string[];
}

export type FlagTable = Record<string, Flag>;

type Parsed<F extends Flag> = F['type'] extends 'int' | 'duration'
  ? number
  : F['type'] extends 'bool'
    ? boolean
    : F['type'] extends 'list'
      ? string[]
      : string;

/** Values by flag name. Durations are milliseconds. A flag without a default may be undefined. */
export type FlagValues<T extends FlagTable> = {
  [K in keyof T]: T[K] extends { default: string } ? Parsed<T[K]> : Parsed<T[K]> | undefined;
};

/** Flags that every process has. */
export const commonFlags = {
  'logging-format': { type: 'string', default: 'text', choices: ['text', 'json'], help: 'How log lines are written.' },
  v: { type: 'int', default: '0', help: 'Log verbosity: 0 is information, 4 and above debugging detail.' },
} as const satisfies FlagTable;

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a Go duration such as `1m30s`; undefined when the text is not one. */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(ms|s|m|h)/g)) total += Number(amount) * unitMs[unit!]!;
  return total;
}

function parseValue(flag: Flag, text: string): string | number | boolean | string[] {
  switch (flag.type) {
    case 'string':
      return text;
    case 'int':
      if (!/^-?\d+$/.test(text)) throw new InvalidArgumentError('expected a whole number.');
      return Number(text);
    case 'bool':
      if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('expected true or false.');
      return text === 'true';
    case 'list':
      return text === '' ? [] : text.split(',');
    case 'duration': {
      const ms = parseDuration(text);
      if (ms === undefined) throw new InvalidArgumentError('expected a duration such as 10s or 1m30s.');
      return ms;
    }
  }
}

/**
 * Reads `argv` (without the program). Prints help and exits 0 on `--help`; prints one line and exits 1 on a flag that
 * it does not know or cannot read.
 */
export function parseFlags<T extends FlagTable>(
  component: string,
  summary: string,
  table: T,
  argv: string[],
): FlagValues<T & typeof commonFlags> {
  const flags: FlagTable = { ...table, ...commonFlags };
  const command = new Command(component)
    .description(summary)
    .allowExcessArguments(false)
    .helpOption('-h, --help', 'Print this help.');
  for (const [name, flag] of Object.entries(flags)) {
    const dashes = name.length === 1 ? `-${name}, --${name}` : `--${name}`;
    const option = new Option(flag.type === 'bool' ? `${dashes} [bool]` : `${dashes} <${flag.type}>`, flag.help);
    if (flag.default !== undefined) option.default(parseValue(flag, flag.default), flag.default || '""');
    option.argParser((text: string) => {
      if (flag.choices && !flag.choices.includes(text))
        throw new InvalidArgumentError(`allowed choices are ${flag.choices.join(', ')}.`);
      return parseValue(flag, text);
    });
    if (flag.type === 'bool') option.preset('true');
    command.addOption(option);
  }
  command.configureOutput({ outputError: (text, write) => write(`${component}: ${text.replace(/^error: /, '')}`) });
  command.parse(argv, { from: 'user' });
  const given = command.opts();
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(flags)) values[name] = given[camel(name)];
  return values as FlagValues<T & typeof commonFlags>;
}

/** The name that commander keeps an option's value under. */
const camel = (name: string): string => name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
