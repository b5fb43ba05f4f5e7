/**
 * The key with which a cluster's Secrets are encrypted in its store, where that is asked for. A file that is there is left as it is:
 * without its keys the Secrets cannot be read.
 *
 * Upstream: k3s' --secrets-encryption
 */
import { randomBytes } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import type { Paths } from './layout.ts';

const keyBytes = 32;

const configurationOf = (
  secret: string,
): string => `# The keys of the Secrets in the store. Without them the Secrets are lost: keep a copy.
# For another key: put it first, write every Secret again (kubectl get secrets -A -o json | kubectl replace -f -), and then
# remove the old one. The API server reads this file when it changes.
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
- resources: [secrets]
  providers:
  - secretbox:
      keys:
      - name: key1
        secret: ${secret}
  # Reads what was written before.
  - identity: {}
`;

/** Makes a key where there is none. True when it has. */
export function ensureEncryptionKey({ encryptionConfig }: Paths): boolean {
  if (existsSync(encryptionConfig)) return false;
  writeFileSync(encryptionConfig, configurationOf(randomBytes(keyBytes).toString('base64')), { mode: 0o600 });
  return true;
}
