/**
 * The two certificates of a kubelet, and how it comes by them: given in files, or asked for from the cluster and replaced in time.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FlagValues } from '../../client/component/flags.ts';
import type { Logger } from '../../client/component/log.ts';
import { connect } from '../../client/connect.ts';
import { loadKubeconfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import type { kubeletFlags } from '../flags.ts';
import { bootstrap } from './bootstrap.ts';
import { type CertificateAndKey, CertificateFile } from './certificate-file.ts';
import { keepCertificate } from './keep-certificate.ts';
import { clientWish, requestCertificate, servingWish } from './request-certificate.ts';

type Flags = FlagValues<typeof kubeletFlags>;

/** Where certificates are that were asked for. */
const directoryOf = (flags: Flags): string => flags['cert-dir'] || join(flags['root-dir'], 'pki');

/** The client of the API server, whose certificate is replaced for as long as the signal has not come. */
export async function connectKubelet(
  flags: Flags,
  nodeName: string,
  logger: Logger,
  signal: AbortSignal,
): Promise<RestClient> {
  const { kubeconfig, 'bootstrap-kubeconfig': bootstrapKubeconfig } = flags;
  const file = new CertificateFile(directoryOf(flags), 'kubelet-client');
  if (bootstrapKubeconfig && kubeconfig)
    await bootstrap({ nodeName, kubeconfig, bootstrapKubeconfig, file, logger }, signal);
  const client = connect(flags, 'kubelet');
  if (!flags['rotate-certificates']) return client;
  const request = async (): Promise<CertificateAndKey> => {
    const current = file.read();
    const expired = current !== undefined && current.expires <= Date.now();
    if (!expired || !bootstrapKubeconfig) return requestCertificate(client, clientWish(nodeName), signal);
    // As itself it cannot ask any more.
    const again = new RestClient(loadKubeconfig(bootstrapKubeconfig), 'kubelet');
    return requestCertificate(again, clientWish(nodeName), signal).finally(() => again.close());
  };
  void keepCertificate({ file, request, use: ({ cert, key }) => client.useCertificate(cert, key), logger }, signal);
  return client;
}

/** With which the kubelet's server begins, and how it learns of another. */
export interface ServingCertificate {
  /** Undefined until there is one: nobody can connect so far. */
  current: CertificateAndKey | undefined;
  keep(use: (certificate: CertificateAndKey) => void): void;
}

/** From the files of the flags, or by `--rotate-server-certificates` from the cluster, where an administrator approves it. */
export function servingCertificate(
  flags: Flags,
  nodeName: string,
  client: RestClient,
  logger: Logger,
  signal: AbortSignal,
): ServingCertificate {
  const { 'tls-cert-file': certFile, 'tls-private-key-file': keyFile } = flags;
  if (certFile && keyFile) {
    return {
      current: { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') },
      keep: () => undefined,
    };
  }
  if (!flags['rotate-server-certificates'])
    throw new Error('--tls-cert-file and --tls-private-key-file are required, or --rotate-server-certificates');
  const file = new CertificateFile(directoryOf(flags), 'kubelet-server');
  const wish = servingWish(nodeName, flags['node-ip']);
  return {
    current: file.read(),
    keep: (use) =>
      void keepCertificate({ file, request: () => requestCertificate(client, wish, signal), use, logger }, signal),
  };
}
