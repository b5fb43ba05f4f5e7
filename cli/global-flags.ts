/**
 * The flags that every command has: which cluster, who to be, and how to talk to it. A command that has a flag of the same name
 * (`create rolebinding --user`) means its own.
 *
 * Upstream: cli-runtime/pkg/genericclioptions/config_flags.go
 */
import { parseDuration } from '../client/component/flags.ts';
import type { OptionSpec, Options } from './command.ts';
import { ExitError } from './errors.ts';
import type { Globals } from './globals.ts';

export const globalFlags: OptionSpec[] = [
  ['-n, --namespace <name>', 'The namespace to work in.'],
  ['--kubeconfig <path>', "The kubeconfig to use instead of the data directory's."],
  ['--context <name>', 'The context of the kubeconfig to use.'],
  ['--cluster <name>', 'The cluster of the kubeconfig to use.'],
  ['--user <name>', 'The user of the kubeconfig to be.'],
  ['-s, --server <url>', "The server to talk to instead of the kubeconfig's."],
  ['--certificate-authority <path>', "The file with the server's certificate authority."],
  ['--insecure-skip-tls-verify', 'Do not ask the server for a certificate that can be trusted.'],
  ['--token <token>', 'The bearer token to show.'],
  ['--client-certificate <path>', 'The file with the certificate to show.'],
  ['--client-key <path>', "The file with the certificate's key."],
  ['--as <user>', 'Act as this user, or as system:serviceaccount:NAMESPACE:NAME.'],
  ['--as-group <group>', 'Act as a member of this group; may be repeated.', { repeatable: 'whole' }],
  ['--as-uid <uid>', 'Act with this UID.'],
  ['--data-dir <path>', "The cluster's data directory (default: MINIK_HOME, or ~/.minik)."],
  ['--request-timeout <duration>', 'How long one request may take; 0 waits as long as it takes.', { default: '0' }],
  ['-v, --v <level>', 'Verbosity; 6 and above shows each request.', { default: '0' }],
];

/** Reads their values. Throws when one makes no sense. */
export function globalsOf(options: Options): Globals {
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
