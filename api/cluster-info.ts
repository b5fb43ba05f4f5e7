/**
 * What a machine that knows nothing but a token reads first: the ConfigMap `cluster-info` in kube-public, which holds a
 * kubeconfig without a user. Anybody may have put it there, so it is signed with every token: who knows the token can tell.
 *
 * Upstream: cluster-bootstrap/token/{api,jws}
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { BootstrapToken } from './bootstrap-token.ts';

export const clusterInfoNamespace = 'kube-public';
export const clusterInfoName = 'cluster-info';
/** The key of the kubeconfig in the ConfigMap. */
export const kubeconfigKey = 'kubeconfig';
const signaturePrefix = 'jws-kubeconfig-';

/** The key of the signature with the token of that id. */
export const signatureKey = (id: string): string => signaturePrefix + id;

export const isSignatureKey = (key: string): boolean => key.startsWith(signaturePrefix);

/** A JSON web signature without its content in the middle: `HEADER..SIGNATURE`. */
export function detachedSignature(content: string, { id, secret }: BootstrapToken): string {
  const header = Buffer.from(JSON.stringify({ alg: 'HS256', kid: id })).toString('base64url');
  return `${header}..${mac(header, content, secret).toString('base64url')}`;
}

/** Whether that is the signature of the content with that token. */
export function isSignedWith(signature: string, content: string, { id, secret }: BootstrapToken): boolean {
  const [, header, given] = /^([\w-]+)\.\.([\w-]+)$/.exec(signature) ?? [];
  if (!header || !given || !isHeaderOf(header, id)) return false;
  const [expected, found] = [mac(header, content, secret), Buffer.from(given, 'base64url')];
  return expected.length === found.length && timingSafeEqual(expected, found);
}

function isHeaderOf(header: string, id: string): boolean {
  try {
    const { alg, kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: unknown; kid?: unknown };
    return alg === 'HS256' && kid === id;
  } catch {
    // Not JSON: nobody who knows the token has made it.
    return false;
  }
}

const mac = (header: string, content: string, secret: string): Buffer =>
  createHmac('sha256', secret)
    .update(`${header}.${Buffer.from(content).toString('base64url')}`)
    .digest();
