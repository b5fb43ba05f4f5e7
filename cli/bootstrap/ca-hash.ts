/** How a CA is told apart by a short text: the hash of its public key. Upstream: cmd/kubeadm/app/util/pubkeypin */
import { createHash, X509Certificate } from 'node:crypto';

/** `sha256:8a34...` of each certificate of a PEM text. */
export const caHashes = (pem: string): string[] =>
  (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => {
    const key = new X509Certificate(text).publicKey.export({ type: 'spki', format: 'der' });
    return `sha256:${createHash('sha256').update(key).digest('hex')}`;
  });

/** Throws for a text that is no such hash. */
export function parseCaHash(text: string): string {
  if (!/^sha256:[0-9a-f]{64}$/i.test(text))
    throw new Error(`invalid hash ${JSON.stringify(text)}, expected "sha256:" and 64 hexadecimal digits`);
  return text.toLowerCase();
}
