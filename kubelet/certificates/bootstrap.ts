/**
 * TLS bootstrap: a kubelet that has no identity yet, only the credentials of `--bootstrap-kubeconfig`, asks for its certificate
 * and writes the kubeconfig that it uses from then on.
 *
 * Upstream: pkg/kubelet/certificate/bootstrap
 */
import { X509Certificate } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { stringify } from 'yaml';
import type { Logger } from '../../client/component/log.ts';
import { makeDirectory } from '../../client/component/make-directory.ts';
import { loadKubeconfig, type RestConfig } from '../../client/kubeconfig.ts';
import { RestClient } from '../../client/rest.ts';
import type { CertificateFile } from './certificate-file.ts';
import { clientWish, requestCertificate } from './request-certificate.ts';

export interface BootstrapOptions {
  nodeName: string;
  /** Where the kubelet's own kubeconfig is, or will be. */
  kubeconfig: string;
  bootstrapKubeconfig: string;
  file: CertificateFile;
  logger: Logger;
}

/** Does nothing where the kubeconfig is there and its certificate lasts. Rejects when no certificate comes. */
export async function bootstrap(options: BootstrapOptions, signal: AbortSignal): Promise<void> {
  const { nodeName, kubeconfig, bootstrapKubeconfig, file, logger } = options;
  if (isStillValid(kubeconfig)) return;
  const config = loadKubeconfig(bootstrapKubeconfig);
  const client = new RestClient(config, 'kubelet');
  logger.info({ server: config.server, node: nodeName }, 'Asking for a certificate with the bootstrap credentials');
  try {
    file.write(await requestCertificate(client, clientWish(nodeName), signal));
  } finally {
    client.close();
  }
  writeKubeconfig(kubeconfig, config, file.path);
}

/** Whether it is there, with a certificate that lasts. */
function isStillValid(kubeconfig: string): boolean {
  if (!existsSync(kubeconfig)) return false;
  try {
    const { cert } = loadKubeconfig(kubeconfig);
    return cert !== undefined && Date.parse(new X509Certificate(cert).validTo) > Date.now();
  } catch {
    // The file of its certificate is gone, or not what it should be: another is asked for.
    return false;
  }
}

/** The kubeconfig names the file of the certificate, so that it stays right when that is replaced. */
function writeKubeconfig(path: string, { server, ca }: RestConfig, certificate: string): void {
  const name = 'default-cluster';
  const user = 'default-auth';
  const text = stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': Buffer.from(ca ?? '').toString('base64') } }],
    contexts: [{ name: 'default-context', context: { cluster: name, namespace: 'default', user } }],
    'current-context': 'default-context',
    users: [{ name: user, user: { 'client-certificate': certificate, 'client-key': certificate } }],
  });
  makeDirectory(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, path);
}
