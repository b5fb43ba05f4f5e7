/**
 * Makes a command line one that commander reads as kubectl would: `-o=wide` is `-o wide`, `--all-namespaces=true` is
 * `--all-namespaces`, and a flag whose value may be left out never takes the next argument for it. Pure.
 *
 * Upstream: spf13/pflag (flag.go, bool.go)
 */

/** What has to be known of a flag to read the arguments around it. */
export interface FlagSyntax {
  /** `-A`, `--all-namespaces` */
  names: string[];
  /** A value, nothing, or a value that may be left out: then it is `bare`. */
  takes: 'value' | 'nothing' | { bare: string };
}

/** The same arguments, each flag as one argument without a value, or one with a value behind it. What follows `--` stays. */
export function spelledOut(args: string[], flags: FlagSyntax[]): string[] {
  const syntaxOf = new Map(flags.flatMap((flag) => flag.names.map((name) => [name, flag.takes])));
  const result: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const arg = args[i]!;
    if (arg === '--') return [...result, ...args.slice(i)];
    const [name, value] = splitFlag(arg);
    const takes = syntaxOf.get(name);
    if (takes === 'nothing' && value !== undefined) {
      if (isTrue(value, name)) result.push(name);
    } else if (typeof takes === 'object') {
      result.push(`${longNameOf(name, flags)}=${value ?? takes.bare}`);
    } else if (value !== undefined && /^-\w$/.test(name)) {
      result.push(name, value);
    } else {
      result.push(arg);
      // The value is not looked at, whatever it looks like.
      if (takes === 'value' && value === undefined && i + 1 < args.length) result.push(args[++i]!);
    }
  }
  return result;
}

/** The arguments that are neither flags nor their values. */
export function operandsOf(args: string[], flags: FlagSyntax[]): string[] {
  const taking = new Set(flags.flatMap(({ names, takes }) => (takes === 'value' ? names : [])));
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).filter(
    (arg, i) => !arg.startsWith('-') && !taking.has(args[i - 1] ?? ''),
  );
}

/** `-o=wide` and `--output=wide` have a value; `-n` has none yet. */
function splitFlag(arg: string): [name: string, value: string | undefined] {
  const [, name, value] = /^(-\w|--[^=]+)=(.*)$/s.exec(arg) ?? [];
  return name === undefined ? [arg, undefined] : [name, value];
}

const longNameOf = (name: string, flags: FlagSyntax[]): string =>
  flags.find(({ names }) => names.includes(name))!.names.find((one) => one.startsWith('--')) ?? name;

function isTrue(value: string, flag: string): boolean {
  try {
    return parseBool(value);
  } catch (error) {
    throw new Error(`invalid argument ${JSON.stringify(value)} for "${flag}" flag: ${(error as Error).message}`);
  }
}

/** Reads what Go reads as a truth value. Throws in Go's words. */
export function parseBool(text: string): boolean {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  throw new Error(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}
