/** What becomes of bootstrap tokens with time, and how cluster-info is signed. Pure. */
import { expirationOf, isExpired, isUsableFor, tokenOf } from '../../api/bootstrap-token.ts';
import { detachedSignature, isSignatureKey, kubeconfigKey, signatureKey } from '../../api/cluster-info.ts';
import type { ConfigMap, Secret } from '../../api/types.ts';

/** The data that cluster-info should have: its kubeconfig, signed with every token that may sign now; undefined without a kubeconfig. */
export function planSignatures(
  info: ConfigMap,
  secrets: readonly Secret[],
  now: number,
): ConfigMap['data'] | undefined {
  const content = info.data?.[kubeconfigKey];
  if (content === undefined) return undefined;
  const others = Object.entries(info.data ?? {}).filter(([key]) => !isSignatureKey(key));
  const signing = secrets.filter((secret) => isUsableFor(secret, 'signing') && !isExpired(secret, now));
  const tokens = signing.flatMap((secret) => tokenOf(secret) ?? []);
  return Object.fromEntries([
    ...others,
    ...tokens.map((token) => [signatureKey(token.id), detachedSignature(content, token)] as const),
  ]);
}

/** How long a token is still good, in milliseconds; zero when it goes, undefined when it stays for ever. */
export function planRemoval(secret: Secret, now: number): number | undefined {
  const expires = expirationOf(secret);
  return expires === undefined ? undefined : Math.max(0, expires - now);
}
