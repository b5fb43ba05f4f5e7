/**
 * Asks for a certificate: makes a key, creates a CertificateSigningRequest, and waits until somebody has approved and signed it.
 * The key never leaves the process but for the file that it is stored in.
 *
 * Upstream: client-go/util/certificate/csr
 */
import { createPrivateKey, type webcrypto } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as x509 from '@peculiar/x509';
import { certificatesigningrequests } from '../../api/kinds/certificatesigningrequests.ts';
import { conditionOf } from '../../api/meta.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';
import type { CertificateAndKey } from './certificate-file.ts';

export interface CertificateWish {
  signerName: string;
  usages: string[];
  commonName: string;
  organization: string;
  /** The names that a server goes by; none for a client. */
  dns: string[];
  ips: string[];
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const timeoutMs = 15 * 60_000;

/** The names under which the node's kubelet is known. */
export const clientWish = (node: string): CertificateWish => ({
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usages: ['digital signature', 'client auth'],
  commonName: `system:node:${node}`,
  organization: 'system:nodes',
  dns: [],
  ips: [],
});

/** The names and addresses under which it serves. */
export const servingWish = (node: string, ip: string): CertificateWish => ({
  signerName: 'kubernetes.io/kubelet-serving',
  usages: ['digital signature', 'server auth'],
  commonName: `system:node:${node}`,
  organization: 'system:nodes',
  dns: [node],
  ips: [ip],
});

/** Rejects when the request is denied, cannot be signed, or has not been answered after a quarter of an hour. */
export async function requestCertificate(
  client: RestClient,
  wish: CertificateWish,
  signal: AbortSignal,
): Promise<CertificateAndKey> {
  const { request, key } = await createRequest(wish);
  const created = await client.of(certificatesigningrequests).create({
    metadata: { generateName: 'csr-' },
    spec: { request: Buffer.from(request).toString('base64'), signerName: wish.signerName, usages: wish.usages },
  });
  const name = created.metadata.name!;
  const cert = await untilIssued(client, name, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  if (!cert) throw new Error(`certificate signing request ${name} has not been answered`);
  return { cert, key };
}

/** PKCS#10 and the key, both PEM. The library is loaded with the first one: a kubelet that brings its certificates needs none. */
async function createRequest(wish: CertificateWish): Promise<{ request: string; key: string }> {
  await import('reflect-metadata');
  const { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } = (await import(
    '@peculiar/x509'
  )) as typeof x509;
  const keys = (await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const names = [
    ...wish.dns.map((value) => ({ type: 'dns' as const, value })),
    ...wish.ips.map((value) => ({ type: 'ip' as const, value })),
  ];
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ O: [wish.organization] }, { CN: [wish.commonName] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : [],
  });
  const pkcs8 = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return { request: request.toString('pem'), key: key.export({ type: 'pkcs8', format: 'pem' }) as string };
}

/** How long until a lost connection is tried again. */
const retryMs = 1000;

/** The certificate, in PEM; undefined when the signal comes first. */
async function untilIssued(client: RestClient, name: string, signal: AbortSignal): Promise<string | undefined> {
  const requests = client.of(certificatesigningrequests);
  while (!signal.aborted) {
    try {
      const seen = await requests.get(name);
      const certificate = answerTo(seen);
      if (certificate) return certificate;
      const { resourceVersion } = seen.metadata;
      const events = requests.watch({ fieldSelector: `metadata.name=${name}`, resourceVersion, signal });
      for await (const { object } of events) {
        const issued = answerTo(object as CertificateSigningRequest);
        if (issued) return issued;
      }
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}

/** The request has got an answer, and that is no. */
class RefusedError extends Error {}

/** The certificate, if it is there. Throws when there will be none. */
function answerTo({ metadata, status }: CertificateSigningRequest): string | undefined {
  for (const type of ['Denied', 'Failed']) {
    const condition = conditionOf(status?.conditions, type);
    if (!condition) continue;
    const { reason = '', message = '' } = condition;
    throw new RefusedError(
      `certificate signing request ${metadata.name} is ${type.toLowerCase()}, reason: ${JSON.stringify(reason)}, message: ${JSON.stringify(message)}`,
    );
  }
  const approved = conditionOf(status?.conditions, 'Approved');
  return approved && status?.certificate ? Buffer.from(status.certificate, 'base64').toString('utf8') : undefined;
}
