/**
 * Reads what a CertificateSigningRequest asks for. The library for certificates is loaded with the first one: many clusters never see any.
 */
import type * as x509 from '@peculiar/x509';
import { requestBytes, subjectOf } from '../../api/certificate-request.ts';
import type { CertificateSigningRequest } from '../../api/types.ts';
import type { RequestedCertificate } from './kubelet-requests.ts';

/** The library, which needs decorators' metadata first. */
export async function loadX509(): Promise<typeof x509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

export interface ReadRequest {
  wanted: RequestedCertificate;
  /** As the library has it. */
  pkcs10: x509.Pkcs10CertificateRequest;
}

/** Throws for what is not PKCS#10 in PEM in base64, or has names of a kind that no signer of Kubernetes knows. */
export async function readRequest({ spec }: CertificateSigningRequest): Promise<ReadRequest> {
  const { Pkcs10CertificateRequest, SubjectAlternativeNameExtension } = await loadX509();
  const pkcs10 = new Pkcs10CertificateRequest(new Uint8Array(requestBytes(spec.request)));
  const names = { dns: [] as string[], ip: [] as string[], email: [] as string[], url: [] as string[] };
  for (const extension of pkcs10.extensions) {
    if (!(extension instanceof SubjectAlternativeNameExtension)) continue;
    for (const { type, value } of extension.names.items) {
      if (!(type in names)) throw new Error(`a subjectAltName of type ${type}`);
      names[type as keyof typeof names].push(value);
    }
  }
  const { signerName, usages = [] } = spec;
  return { wanted: { ...subjectOf(spec.request), signerName, usages, names }, pkcs10 };
}
