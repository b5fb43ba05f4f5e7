/**
 * minikctl: reads the command line, runs one command, prints its error as kubectl would, and exits with its code. Only the
 * command asked for is loaded.
 */
import { flushCompileCache } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import type { CliCommand, CommandEntry, OptionSpec, Options } from './command.ts';
import { type FlagSyntax, operandsOf, spelledOut } from './command-line.ts';
import { commands } from './commands/all.ts';
import { describeError, exitCodeOf, isRefusal } from './errors.ts';
import { globalFlags, globalsOf } from './global-flags.ts';
import { Session } from './session.ts';
import { version } from './version.ts';

let argv = process.argv.slice(2);
let session: Session | undefined;

/** Adds the commands of the table to `parent`; those that the command line cannot mean stay unloaded. */
async function addCommands(parent: Command, entries: CommandEntry[]): Promise<void> {
  for (const { name, alias, summary, load } of entries) {
    const command = parent.command(name).summary(summary).description(summary);
    if (alias) command.alias(alias);
    if (argv.includes(name) || (alias && argv.includes(alias))) await define(command, await load());
  }
}

async function define(command: Command, spec: CliCommand): Promise<void> {
  command.usage(spec.usage).helpOption('-h, --help', 'Print this help.');
  for (const option of spec.options) command.addOption(optionOf(option));
  if (spec.examples) command.addHelpText('after', `\nExamples:\n${spec.examples}`);
  if (spec.subcommands) await addCommands(command, spec.subcommands);
  const { run } = spec;
  if (!run) return;
  command.argument('[args...]').action(async (args: string[], _options: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    session = new Session(globalsOf(program.opts()));
    await run.call(spec, args, options, session, dashPosition(args));
  });
}

function optionOf([flags, help, { default: initial, repeatable, parse, bare } = {}]: OptionSpec): Option {
  const option = new Option(flags, help);
  if (initial !== undefined) option.default(initial);
  if (bare !== undefined) option.preset(bare);
  if (parse) option.argParser((text: string) => parseOption(parse, text, flags));
  if (repeatable)
    option.argParser((text: string, before: string[] | undefined) => [
      ...(before ?? []),
      ...(repeatable === 'whole' ? [text] : text.split(',')),
    ]);
  return option;
}

/** The option's value; what its parser says is told in the words of kubectl. */
function parseOption(parse: (text: string) => unknown, text: string, flags: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const flag = flags.replace(/ <.*/, '');
    const why = `error: invalid argument ${JSON.stringify(text)} for "${flag}" flag: ${(error as Error).message}`;
    throw new CommanderError(1, 'minikctl.invalidArgument', why);
  }
}

/** How many arguments stand before `--`. Commander drops the dashes, so those after them are counted from the end. */
function dashPosition(args: string[]): number | undefined {
  const dash = argv.indexOf('--');
  return dash < 0 ? undefined : args.length - (argv.length - dash - 1);
}

const syntaxOf = (option: Option): FlagSyntax => ({
  names: [option.short, option.long].filter((name) => name !== undefined),
  takes: option.isBoolean() ? 'nothing' : option.presetArg === undefined ? 'value' : { bare: String(option.presetArg) },
});

/** The commands that the command line names, from the outermost to the one that will run. */
function commandsNamed(): Command[] {
  const named: Command[] = [program];
  for (const name of operandsOf(argv, globalFlags.map(optionOf).map(syntaxOf))) {
    const next = named.at(-1)!.commands.find((command) => command.name() === name || command.alias() === name);
    if (next) named.push(next);
  }
  return named;
}

/** Adds the flags that every command has, but those that the command declares itself. */
function addGlobalFlags(own: readonly Option[]): void {
  for (const option of globalFlags.map(optionOf))
    if (!own.some(({ long }) => long === option.long)) program.addOption(option);
}

/** Commander's complaint in the words of kubectl. */
function usageMessage(error: CommanderError, command: string): string {
  const see = `See '${command} --help' for usage.`;
  const quoted = /'([^']+)'/.exec(error.message)?.[1] ?? '';
  switch (error.code) {
    case 'commander.unknownCommand':
      return command.includes(' ')
        ? `error: unknown command "${quoted}"\nSee '${command} -h' for help and examples`
        : `error: unknown command "${quoted}" for "${command}"`;
    case 'commander.unknownOption':
      return quoted.startsWith('--')
        ? `error: unknown flag: ${quoted.split('=', 1)[0]}\n${see}`
        : `error: unknown shorthand flag: '${quoted[1]}' in ${quoted}\n${see}`;
    case 'commander.optionMissingArgument':
      return `error: flag needs an argument: ${flagGiven(quoted)}\n${see}`;
    default:
      return `${error.message}\n${see}`;
  }
}

/** The flag as it was typed, of those that `-n, --namespace <name>` declares: `--namespace`, or `'n' in -n`. */
function flagGiven(declared: string): string {
  const given = declared.split(/[ ,]+/).find((flag) => argv.includes(flag)) ?? declared;
  return given.startsWith('--') ? given : `'${given[1]}' in ${given}`;
}

const program = new Command('minikctl')
  .description('minikctl runs and controls a minik cluster.')
  .version(version, '--version', 'Print the version.')
  .helpOption('-h, --help', 'Print this help.')
  .helpCommand(false)
  .configureOutput({ outputError: () => undefined })
  .exitOverride();

function spelled(flags: FlagSyntax[]): string[] {
  try {
    return spelledOut(argv, flags);
  } catch (error) {
    throw new CommanderError(1, 'minikctl.invalidArgument', `error: ${(error as Error).message}`);
  }
}

async function main(): Promise<number> {
  let current: Command = program;
  try {
    await addCommands(program, commands);
    const named = commandsNamed();
    current = named.at(-1)!;
    addGlobalFlags(named.flatMap(({ options }) => options));
    argv = spelled(named.flatMap(({ options }) => options).map(syntaxOf));
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return 0;
      if (error.code !== 'commander.help') process.stderr.write(`${usageMessage(error, pathOf(current))}\n`);
      return 1;
    }
    const text = describeError(error, session?.server ?? '');
    if (text) process.stderr.write(`${text}\n`);
    if (session) for (const line of await explained(error, session)) process.stderr.write(`${line}\n`);
    if ((session?.globals.v ?? 0) >= 10) process.stderr.write(`${(error as Error).stack}\n`);
    return exitCodeOf(error);
  }
}

/** Loaded only when something was refused. */
async function explained(error: unknown, session: Session): Promise<string[]> {
  if (!isRefusal(error)) return [];
  const { explainRefusal } = await import('./explain-refusal.ts');
  return explainRefusal(error, session);
}

/** `minikctl cluster up` */
const pathOf = (command: Command): string =>
  command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();

// A closed pipe, as in `minikctl get pods | head`, ends the command like any other program.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
const exitCode = await main();
flushCompileCache();
process.stdout.write('', () => process.exit(exitCode));
