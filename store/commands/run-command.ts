/**
 * The commands beside serving: `node store/main.ts snapshot save|status|restore` and `dump`. Options are those of etcdctl and
 * etcdutl. Exit codes: 0 done, 1 failed (one line says why), 2 not understood.
 *
 * Upstream: etcdctl/ctlv3/command/snapshot_command.go, etcdutl/etcdutl/snapshot_command.go
 */
import { Command, CommanderError, Option } from 'commander';
import { dump } from './dump.ts';
import { restoreSnapshot } from './snapshot-restore.ts';
import { saveSnapshot } from './snapshot-save.ts';
import { snapshotStatus, statusFormats } from './snapshot-status.ts';

/** Runs the command that `argv` names and prints what it has to say. Resolves with the exit code. */
export async function runCommand(argv: string[]): Promise<number> {
  const program = new Command('etcd').exitOverride().helpCommand(false);
  const snapshot = program.command('snapshot').description('Manages snapshots of a store.');
  snapshot
    .command('save <file>')
    .description('Saves a snapshot of a running store to a file.')
    .option(
      '--endpoints <url>',
      'Where the store listens: unix:///path, http://host:port or https://host:port.',
      '127.0.0.1:2379',
    )
    .option('--cacert <file>', 'Verify the certificate of an https server with this CA certificate.')
    .option('--cert <file>', 'Identify this client with this certificate.')
    .option('--key <file>', 'The key of --cert.')
    .action(async (file: string, options) => print(await saveSnapshot(file, options)));
  snapshot
    .command('status <file>')
    .description('Checks a snapshot and prints its hash, revision, number of stored revisions and size.')
    .addOption(new Option('-w, --write-out <format>', 'Output format.').choices(statusFormats).default('simple'))
    .action(async (file: string, { writeOut }) => print(await snapshotStatus(file, writeOut)));
  snapshot
    .command('restore <file>')
    .description('Makes a data directory from a snapshot. The store in it has a new identity.')
    .option('--data-dir <directory>', 'The data directory to make. Default: NAME.etcd.')
    .option('--name <name>', 'Human-readable name for the member.', 'default')
    .option('--skip-hash-check', 'Do not compare the checksum of the file.', false)
    .action(async (file: string, options) => print(await restoreSnapshot(file, options)));
  program
    .command('dump')
    .description('Prints the keys of a stopped store or of a snapshot, with their generations and revisions.')
    .option('--data-dir <directory>', 'The data directory of a store that is not running.', 'default.etcd')
    .option('--snapshot <file>', 'Read a snapshot instead.')
    .option('--prefix <key>', 'Only keys that begin with this.', '')
    .option('--all', 'Keys that are deleted now as well.', false)
    .action(async (options) => print(await dump(options)));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has printed what is wrong with the command line, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    process.stderr.write(`etcd: ${(error as Error).message}\n`);
    return 1;
  }
}

const print = (text: string): void => void process.stdout.write(`${text}\n`);
