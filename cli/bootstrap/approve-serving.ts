/**
 * Approves the certificate with which a kubelet serves. Kubernetes leaves that to an administrator, because nobody else knows under
 * which names a machine may serve; whoever adds a node on the machine of the cluster is one, and chose the name and the address.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { requestBytes } from '../../api/certificate-request.ts';
import { certificatesigningrequests } from '../../api/kinds/certificatesigningrequests.ts';
import { conditionOf } from '../../api/meta.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';

const signerName = 'kubernetes.io/kubelet-serving';
const pollMs = 100;

/** Waits for the request of the node's kubelet, and approves it if it is for just that name and address. */
export async function approveServing(
  client: RestClient,
  node: string,
  address: string,
  deadline: number,
): Promise<string> {
  const requests = client.of(certificatesigningrequests);
  for (;;) {
    const { items } = await requests.list({ fieldSelector: `spec.signerName=${signerName}` });
    const asked = items.find((request) => isUndecided(request) && request.spec.username === `system:node:${node}`);
    if (asked) {
      const { name } = asked.metadata;
      const foreign = await foreignName(asked, [node, address]);
      if (foreign) throw new Error(`${name} asks for a certificate of ${foreign}, which is not ${node}: not approved`);
      await approve(client, asked);
      return `${name} approved`;
    }
    if (Date.now() > deadline) throw new Error(`the kubelet of ${node} has not asked for its serving certificate`);
    await sleep(pollMs);
  }
}

const isUndecided = ({ status }: CertificateSigningRequest): boolean =>
  !conditionOf(status?.conditions, 'Approved') && !conditionOf(status?.conditions, 'Denied');

/** A name that the request wants a certificate for and that is none of these. */
export async function foreignName(
  { spec }: CertificateSigningRequest,
  allowed: readonly string[],
): Promise<string | undefined> {
  await import('reflect-metadata');
  const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await import('@peculiar/x509');
  const { extensions } = new Pkcs10CertificateRequest(new Uint8Array(requestBytes(spec.request)));
  const names = extensions.flatMap((extension) =>
    extension instanceof SubjectAlternativeNameExtension ? extension.names.items.map(({ value }) => value) : [],
  );
  return names.find((name) => !allowed.includes(name));
}

async function approve(client: RestClient, request: CertificateSigningRequest): Promise<void> {
  const approved = { type: 'Approved', status: 'True', reason: 'NodeJoined', message: 'Approved by minikctl join.' };
  await client.json({
    method: 'PUT',
    path: client.of(certificatesigningrequests).path(undefined, request.metadata.name, 'approval'),
    body: { ...request, status: { ...request.status, conditions: [...(request.status?.conditions ?? []), approved] } },
  });
}
