/**
 * `minikctl config set-credentials`. Upstream: kubectl/pkg/cmd/config/set_credentials.go. Left out: passwords and auth-provider, which
 * nothing here can log in with.
 */
import { resolve } from 'node:path';
import type { ExecPlugin } from '../../../client/kubeconfig-file.ts';
import type { CliCommand, Options } from '../../command.ts';
import { parseBool } from '../../command-line.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { embedFile } from '../../config/embed-file.ts';
import { type Entry, entryOf, withFields } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { listOf } from '../../create/generator.ts';
import { usageError } from '../../errors.ts';

export const setCredentials: CliCommand = {
  usage:
    'NAME [--token=TOKEN] [--client-certificate=FILE --client-key=FILE [--embed-certs]] [--exec-command=PROGRAM ...]',
  options: [
    ['--token <token>', 'The bearer token to show.'],
    ['--client-certificate <path>', 'The file with the certificate to show.'],
    ['--client-key <path>', "The file with the certificate's key."],
    ['--embed-certs', 'Keep the files themselves, not their paths.'],
    ['--exec-command <program>', 'The program that hands out credentials.'],
    ['--exec-api-version <version>', 'What it speaks: client.authentication.k8s.io/v1.'],
    ['--exec-arg <arguments>', 'What it is started with.', { repeatable: true }],
    ['--exec-env <pairs>', 'NAME=VALUE for its environment; NAME- takes one out.', { repeatable: 'whole' }],
    ['--exec-interactive-mode <mode>', 'Whether it may ask: Never, IfAvailable, Always.'],
    ['--exec-provide-cluster-info [yes]', 'Tell it about the cluster.', { bare: 'true', parse: parseBool }],
  ],
  examples: `  minikctl config set-credentials ci --token="$(minikctl create token ci -n prod)"
  minikctl config set-credentials ann --client-certificate=ann.crt --client-key=ann.key --embed-certs
  minikctl config set-credentials me --exec-command=login --exec-api-version=client.authentication.k8s.io/v1`,
  async run(args, options, session) {
    const [name = ''] = args;
    if (args.length !== 1) throw usageError('config set-credentials', `Unexpected args: [${args.join(' ')}]`);
    if (name === '') throw new Error('you must specify a non-empty user name');
    const badPair = listOf(options, 'execEnv').find((pair) => !/^[^=]+(=|-$)/s.test(pair));
    if (badPair) throw usageError('config set-credentials', `invalid exec-env format: ${badPair}`);
    const fields = fieldsOf(options);
    await editKubeconfig(kubeconfigFiles(session.globals), (config) => {
      const exec = execWith(entryOf(config, 'users', name)?.['exec'] as Partial<ExecPlugin> | undefined, options);
      return withFields(config, 'users', name, { ...fields, ...(exec && { exec }) });
    });
    session.print(`User "${name}" set.`);
  },
};

function fieldsOf(options: Options): Entry {
  const { token, clientCertificate, clientKey, embedCerts } = options;
  if (embedCerts && !clientCertificate && !clientKey)
    throw new Error('you must specify a --client-certificate or --client-key to embed');
  const file = (path: unknown, field: string): Entry => {
    if (typeof path !== 'string') return {};
    return embedCerts
      ? { [field]: undefined, [`${field}-data`]: embedFile(path, field) }
      : { [field]: path ? resolve(path) : undefined, [`${field}-data`]: undefined };
  };
  return {
    ...(token !== undefined && { token: token || undefined }),
    ...file(clientCertificate, 'client-certificate'),
    ...file(clientKey, 'client-key'),
  };
}

/** The program's entry as the flags change it; undefined when there is none, and none is named. */
function execWith(stored: Partial<ExecPlugin> | undefined, options: Options): object | undefined {
  if (!stored && options['execCommand'] === undefined) return undefined;
  const { execCommand, execApiVersion, execArg, execInteractiveMode, execProvideClusterInfo } = options;
  const pairs = listOf(options, 'execEnv').map((pair) => /^([^=]*[^=-])(?:=(.*)|-)$/s.exec(pair)!);
  const changed = new Set(pairs.map(([, name]) => name));
  const env = [
    ...(stored?.env ?? []).filter(({ name }) => !changed.has(name)),
    ...pairs.flatMap(([, name, value]) => (value === undefined ? [] : [{ name, value }])),
  ];
  return {
    ...stored,
    ...(execCommand !== undefined && { command: execCommand }),
    ...(execApiVersion !== undefined && { apiVersion: execApiVersion }),
    ...(execArg !== undefined && { args: execArg }),
    ...(execInteractiveMode !== undefined && { interactiveMode: execInteractiveMode }),
    args: execArg ?? stored?.args ?? null,
    env: env.length > 0 ? env : null,
    provideClusterInfo: execProvideClusterInfo ?? stored?.provideClusterInfo ?? false,
  };
}
