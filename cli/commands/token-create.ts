/** `minikctl token create`. */
import { isBootstrapGroup } from '../../api/bootstrap-token.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import { parseDuration } from '../../client/component/flags.ts';
import { ensureBootstrapObjects } from '../bootstrap/bootstrap-objects.ts';
import { caHashes } from '../bootstrap/ca-hash.ts';
import { defaultGroup, formatToken, generateToken, parseToken, secretOfToken } from '../bootstrap/tokens.ts';
import type { CliCommand } from '../command.ts';
import { usageError } from '../errors.ts';

const allUsages = ['signing', 'authentication'];

export const tokenCreate: CliCommand = {
  usage: '[TOKEN] [--ttl DURATION] [--print-join-command]',
  options: [
    ['--ttl <duration>', 'How long it is good: 1s, 2m, 3h; 0 for ever.', { default: '24h0m0s' }],
    ['--description <text>', 'What it is for.', { default: '' }],
    ['--groups <list>', 'The groups of who comes with it.', { repeatable: true }],
    ['--usages <list>', `What it can be used for: ${allUsages.join(',')}.`, { repeatable: true }],
    ['--print-join-command', 'Print the whole command with which a node joins, not the token alone.'],
  ],
  async run(args, options, session) {
    const [text, ...more] = args;
    if (more.length > 0) throw usageError('token create', 'expected at most one argument, the token');
    const ttlMs = parseDuration(String(options['ttl']));
    if (ttlMs === undefined || ttlMs < 0) throw usageError('token create', '--ttl must be a duration such as 24h');
    const usages = (options['usages'] as string[] | undefined) ?? allUsages;
    const badUsage = usages.find((usage) => !allUsages.includes(usage));
    if (badUsage)
      throw usageError(
        'token create',
        `invalid bootstrap token usage string: ${badUsage}, valid usage options: ${allUsages.join(', ')}`,
      );
    const groups = (options['groups'] as string[] | undefined) ?? [defaultGroup];
    const badGroup = groups.find((group) => !isBootstrapGroup(group));
    if (badGroup)
      throw usageError(
        'token create',
        `bootstrap token group ${JSON.stringify(badGroup)} is invalid: it must be of system:bootstrappers:`,
      );
    const token = text === undefined ? generateToken() : parseToken(text);
    const { rest } = session;
    await ensureBootstrapObjects(rest);
    const made = { ttlMs, usages, groups, description: String(options['description']) };
    await rest.of(secrets).create(secretOfToken(token, made, Date.now()));
    const hashes = caHashes(rest.config.ca ?? '').map((hash) => `--discovery-token-ca-cert-hash ${hash}`);
    const command = `minikctl join ${new URL(rest.config.server).host} --token ${formatToken(token)} ${hashes.join(' ')}`;
    session.print(options['printJoinCommand'] ? command : formatToken(token));
  },
};
