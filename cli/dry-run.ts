/**
 * `--dry-run`: whether a command changes anything, and what it says when it does not.
 * Upstream: kubectl/pkg/cmd/util/helpers.go (GetDryRunStrategy)
 */
import type { OptionSpec, Options } from './command.ts';
import type { Session } from './session.ts';

/** `server` asks the server what it would do. */
export type DryRun = 'none' | 'client' | 'server';

export const dryRunOption: OptionSpec = [
  '--dry-run [how]',
  'none; client: print what would be sent; server: have the server check it, and change nothing.',
  { default: 'none', bare: 'unchanged' },
];

/** Reads the flag's value. Throws on one that there is none of. */
export function parseDryRun(options: Options, session: Session): DryRun {
  const text = String(options['dryRun']);
  if (text === 'none' || text === 'client' || text === 'server') return text;
  if (text === 'unchanged') {
    session.warn('Warning: --dry-run is deprecated and can be replaced with --dry-run=client.');
    return 'client';
  }
  throw new Error(`Invalid dry-run value (${text}). Must be "none", "server", or "client".`);
}

const notes: Record<DryRun, string> = { none: '', client: ' (dry run)', server: ' (server dry run)' };

/** `created`, `created (dry run)` */
export const withDryRun = (verb: string, dryRun: DryRun): string => verb + notes[dryRun];
