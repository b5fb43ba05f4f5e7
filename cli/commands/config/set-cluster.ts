/** `minikctl config set-cluster`. Upstream: kubectl/pkg/cmd/config/set_cluster.go */
import { resolve } from 'node:path';
import type { CliCommand, Options } from '../../command.ts';
import { parseBool } from '../../command-line.ts';
import { editKubeconfig } from '../../config/edit.ts';
import { embedFile } from '../../config/embed-file.ts';
import { type Entry, withFields } from '../../config/entries.ts';
import { kubeconfigFiles } from '../../config/files.ts';
import { usageError } from '../../errors.ts';

export const setCluster: CliCommand = {
  usage: 'NAME [--server=URL] [--certificate-authority=FILE [--embed-certs] | --insecure-skip-tls-verify]',
  options: [
    ['--server <url>', "The API server's address."],
    ['--certificate-authority <path>', "The file with the server's certificate authority."],
    ['--embed-certs', 'Keep the file itself, not its path.'],
    ['--insecure-skip-tls-verify [yes]', 'Trust any certificate.', { bare: 'true', parse: parseBool }],
    ['--tls-server-name <name>', 'The name that the certificate must be for.'],
    ['--proxy-url <url>', 'The proxy to go through.'],
  ],
  examples: `  minikctl config set-cluster prod --server=https://10.0.0.1:6443 --certificate-authority=ca.crt --embed-certs`,
  async run(args, options, session) {
    const [name = ''] = args;
    if (args.length !== 1) throw usageError('config set-cluster', `Unexpected args: [${args.join(' ')}]`);
    if (name === '') throw new Error('you must specify a non-empty cluster name');
    const fields = fieldsOf(options);
    await editKubeconfig(kubeconfigFiles(session.globals), (config) => withFields(config, 'clusters', name, fields));
    session.print(`Cluster "${name}" set.`);
  },
};

function fieldsOf(options: Options): Entry {
  const { certificateAuthority: authority, insecureSkipTlsVerify: insecure, embedCerts, ...rest } = options;
  if (authority && insecure)
    throw new Error('you cannot specify a certificate authority and insecure mode at the same time');
  if (embedCerts && !authority) throw new Error('you must specify a --certificate-authority to embed');
  const noAuthority = { 'certificate-authority': undefined, 'certificate-authority-data': undefined };
  const text = (field: string, option: string): Entry =>
    rest[option] === undefined ? {} : { [field]: rest[option] || undefined };
  return {
    ...text('server', 'server'),
    ...text('tls-server-name', 'tlsServerName'),
    ...text('proxy-url', 'proxyUrl'),
    ...(insecure !== undefined && { 'insecure-skip-tls-verify': insecure || undefined }),
    ...(insecure === true && noAuthority),
    ...(typeof authority === 'string' && {
      ...noAuthority,
      'insecure-skip-tls-verify': undefined,
      ...(embedCerts
        ? { 'certificate-authority-data': embedFile(authority, 'certificate-authority') }
        : { 'certificate-authority': authority ? resolve(authority) : undefined }),
    }),
  };
}
