/**
 * What Kubernetes' own signers want of a request: whom it may be for, under which names, and for which use. Pure.
 *
 * Upstream: pkg/apis/certificates/helpers.go (ValidateKubeletClientCSR, ValidateKubeletServingCSR), pkg/controller/certificates/signer
 */
import type { Subject } from '../../api/certificate-request.ts';

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';

/** What a request asks for. */
export interface RequestedCertificate extends Subject {
  signerName: string;
  usages: readonly string[];
  /** The names beside the subject, by their kind. */
  names: Readonly<Record<'dns' | 'ip' | 'email' | 'url', readonly string[]>>;
}

const nodePrefix = 'system:node:';
const nodeGroup = 'system:nodes';

/** Why it is not a certificate with which a kubelet shows who it is; undefined when it is. */
export function kubeletClientError(wanted: RequestedCertificate): string | undefined {
  const { dns, ip, email, url } = wanted.names;
  if (!isForNodes(wanted)) return 'subject organization is not system:nodes';
  if (dns.length > 0) return 'DNS subjectAltNames are not allowed';
  if (email.length > 0) return 'Email subjectAltNames are not allowed';
  if (ip.length > 0) return 'IP subjectAltNames are not allowed';
  if (url.length > 0) return 'URI subjectAltNames are not allowed';
  if (!isNamedAsNode(wanted)) return 'subject common name does not begin with system:node:';
  if (!usesAre(wanted.usages, 'client auth'))
    return 'usages did not match [client auth digital signature] or [client auth digital signature key encipherment]';
  return undefined;
}

/** Why it is not one with which a kubelet serves; undefined when it is. */
export function kubeletServingError(wanted: RequestedCertificate): string | undefined {
  const { dns, ip, email, url } = wanted.names;
  if (!isForNodes(wanted)) return 'subject organization is not system:nodes';
  if (dns.length === 0 && ip.length === 0) return 'DNS or IP subjectAltName is required';
  if (email.length > 0) return 'Email subjectAltNames are not allowed';
  if (url.length > 0) return 'URI subjectAltNames are not allowed';
  if (!usesAre(wanted.usages, 'server auth'))
    return 'usages did not match [digital signature server auth] or [digital signature key encipherment server auth]';
  if (!isNamedAsNode(wanted)) return 'subject common name does not begin with system:node:';
  return undefined;
}

/** A client of any name, as long as it is nothing more than a client. */
export const isClientOnly = ({ usages }: RequestedCertificate): boolean =>
  usages.includes('client auth') &&
  usages.every((usage) => ['client auth', 'digital signature', 'key encipherment'].includes(usage));

const isForNodes = ({ organizations }: RequestedCertificate): boolean =>
  organizations.length === 1 && organizations[0] === nodeGroup;

/** One of two names could be taken for either. */
const isNamedAsNode = ({ commonNames }: RequestedCertificate): boolean =>
  commonNames.length === 1 && commonNames[0]!.startsWith(nodePrefix);

function usesAre(usages: readonly string[], extended: string): boolean {
  const wanted = new Set(usages);
  wanted.delete('key encipherment');
  return wanted.size === 2 && wanted.has('digital signature') && wanted.has(extended);
}
