/** `minikctl cluster up`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDuration } from '../../client/component/flags.ts';
import { down } from '../cluster/down.ts';
import { maxNodes, pathsOf, type Runtime } from '../cluster/layout.ts';
import { progressTo } from '../cluster/progress.ts';
import { supervisorPid } from '../cluster/state.ts';
import { up } from '../cluster/up.ts';
import { type CliCommand, integer, oneOf } from '../command.ts';
import { ExitError, usageError } from '../errors.ts';
import type { Session } from '../session.ts';

export const clusterUp: CliCommand = {
  usage: '[--nodes N] [--runtime docker|fake] [--secrets-encryption] [--kube-apiserver-arg NAME=VALUE] [--foreground]',
  options: [
    ['--nodes <n>', 'How many nodes. As before when not given, one at first.', { parse: integer(1, maxNodes) }],
    [
      '--runtime <name>',
      'What runs containers: docker, or fake for simulated ones.',
      { parse: oneOf('docker', 'fake') },
    ],
    ['--secrets-encryption', 'Encrypt Secrets in the store, from now on.'],
    [
      '--kube-apiserver-arg <name=value>',
      'A flag of the API server, kept for later starts; NAME= takes it back. Files by their absolute path.',
      { repeatable: 'whole' },
    ],
    ['--foreground', 'Stay until Ctrl-C, then stop the cluster.'],
    ['--timeout <duration>', 'How long to wait until it is Ready.', { default: '60s' }],
  ],
  async run(args, options, session) {
    if (args.length > 0) throw usageError('cluster up', `unknown argument "${args[0]}"`);
    const timeoutMs = parseDuration(String(options['timeout']));
    if (timeoutMs === undefined) throw usageError('cluster up', '--timeout must be a duration such as 30s');
    const progress = progressTo((text) => process.stderr.write(text));
    const { dataDir } = session;
    const nodes = options['nodes'] as number | undefined;
    const runtime = options['runtime'] as Runtime | undefined;
    const secretsEncryption = options['secretsEncryption'] as boolean | undefined;
    const apiserverArgs = parseArgs((options['kubeApiserverArg'] as string[] | undefined) ?? []);
    await up({ dataDir, nodes, runtime, secretsEncryption, apiserverArgs, timeoutMs }, progress);
    if (options['foreground']) await stay(session);
  },
};

/** `['v=4', 'oidc-issuer-url=https://sso.example.com']` by name. */
function parseArgs(texts: string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([a-z][a-z0-9-]*)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw usageError('cluster up', `--kube-apiserver-arg must be NAME=VALUE such as v=4, not "${text}"`);
      return [name, value];
    }),
  );
}

/** Waits for Ctrl-C, then stops the cluster. */
async function stay(session: Session): Promise<void> {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupted.abort());
  session.warn('Press Ctrl-C to stop the cluster.');
  const paths = pathsOf(session.dataDir);
  while (!interrupted.signal.aborted) {
    if (supervisorPid(paths) === undefined) throw new ExitError('error: the cluster was stopped by somebody else');
    await sleep(500, undefined, { signal: interrupted.signal }).catch(() => undefined);
  }
  await down(
    { dataDir: session.dataDir, purge: false },
    progressTo((text) => process.stderr.write(text)),
  );
}
