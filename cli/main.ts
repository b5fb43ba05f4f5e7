/**
 * minikctl: reads the command line, runs one command, prints its error as kubectl would, and exits with its code. Only the
 * command asked for is loaded.
 */
import { flushCompileCache } from 'node:module';
import { Command, CommanderError, Option } from 'commander';
import { parseDuration } from '../client/component/flags.ts';
import type { CliCommand, CommandEntry, Options } from './command.ts';
import { commands } from './commands/all.ts';
import { describeError, ExitError, exitCodeOf } from './errors.ts';
import { type Globals, Session } from './session.ts';
import { version } from './version.ts';

const argv = spelledOut(process.argv.slice(2));
let session: Session | undefined;

/** `-o=wide` is `-o wide` to kubectl; what follows `--` is for somebody else. */
function spelledOut(args: string[]): string[] {
  const dash = args.indexOf('--');
  const own = dash < 0 ? args : args.slice(0, dash);
  const others = dash < 0 ? [] : args.slice(dash);
  return [...own.flatMap((arg) => (/^-\w=/.test(arg) ? [arg.slice(0, 2), arg.slice(3)] : [arg])), ...others];
}

/** Adds the commands of the table to `parent`; those that the command line cannot mean stay unloaded. */
async function addCommands(parent: Command, entries: CommandEntry[]): Promise<void> {
  for (const { name, summary, load } of entries) {
    const command = parent.command(name).summary(summary).description(summary);
    if (argv.includes(name)) await define(command, await load());
  }
}

async function define(command: Command, spec: CliCommand): Promise<void> {
  command.usage(spec.usage).helpOption('-h, --help', 'Print this help.');
  for (const [flags, help, { default: initial, repeatable, parse } = {}] of spec.options) {
    const option = new Option(flags, help);
    if (initial !== undefined) option.default(initial);
    if (parse) option.argParser((text: string) => parseOption(parse, text, flags));
    if (repeatable)
      option.argParser((text: string, before: string[] | undefined) => [...(before ?? []), ...text.split(',')]);
    command.addOption(option);
  }
  if (spec.examples) command.addHelpText('after', `\nExamples:\n${spec.examples}`);
  if (spec.subcommands) await addCommands(command, spec.subcommands);
  const { run } = spec;
  if (!run) return;
  command.argument('[args...]').action(async (args: string[], _options: Options, self: Command) => {
    const options = self.optsWithGlobals<Options>();
    session = new Session(globalsOf(options));
    await run.call(spec, args, options, session, dashPosition(args));
  });
}

/** The option's value; what its parser says is told in the words of kubectl. */
function parseOption(parse: (text: string) => unknown, text: string, flags: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    const flag = flags.replace(/ <.*/, '');
    throw new ExitError(`Error: invalid argument "${text}" for "${flag}" flag: ${(error as Error).message}`);
  }
}

/** How many arguments stand before `--`. Commander drops the dashes, so those after them are counted from the end. */
function dashPosition(args: string[]): number | undefined {
  const dash = argv.indexOf('--');
  return dash < 0 ? undefined : args.length - (argv.length - dash - 1);
}

function globalsOf(options: Options): Globals {
  const timeout = options['requestTimeout'] as string;
  // kubectl takes a bare number as seconds.
  const requestTimeout = parseDuration(/^\d+$/.test(timeout) ? `${timeout}s` : timeout);
  if (requestTimeout === undefined)
    throw new ExitError(
      'error: Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a ' +
        'corresponding time unit (e.g. 1s | 2m | 3h)',
    );
  return { ...(options as unknown as Globals), requestTimeout, v: Number(options['v']) };
}

/** Commander's complaint in the words of kubectl. */
function usageMessage(error: CommanderError, command: string): string {
  const see = `See '${command} --help' for usage.`;
  const quoted = /'([^']+)'/.exec(error.message)?.[1] ?? '';
  switch (error.code) {
    case 'commander.unknownCommand':
      return `error: unknown command "${quoted}" for "${command}"`;
    case 'commander.unknownOption':
      return quoted.startsWith('--')
        ? `Error: unknown flag: ${quoted}\n${see}`
        : `Error: unknown shorthand flag: '${quoted[1]}' in ${quoted}\n${see}`;
    case 'commander.optionMissingArgument':
      return `Error: flag needs an argument: ${flagGiven(quoted)}\n${see}`;
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
  .exitOverride()
  .option('-n, --namespace <name>', 'The namespace to work in.')
  .option('--kubeconfig <path>', "The kubeconfig to use instead of the data directory's.")
  .option('-s, --server <url>', "The server to talk to instead of the kubeconfig's.")
  .option('--data-dir <path>', "The cluster's data directory (default: MINIK_HOME, or ~/.minik).")
  .option('--request-timeout <duration>', 'How long one request may take; 0 waits as long as it takes.', '0')
  .option('-v, --v <level>', 'Verbosity; 6 and above shows each request.', '0');

async function main(): Promise<number> {
  let current: Command = program;
  try {
    await addCommands(program, commands);
    for (const name of argv) current = current.commands.find((command) => command.name() === name) ?? current;
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
    if ((session?.globals.v ?? 0) >= 10) process.stderr.write(`${(error as Error).stack}\n`);
    return exitCodeOf(error);
  }
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
