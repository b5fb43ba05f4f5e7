/**
 * Bootstrap tokens, with which a machine that has nothing else joins a cluster: `ID.SECRET`, kept as a Secret
 * `bootstrap-token-ID` in kube-system. What stands in the Secret is read here, for all who look at it.
 *
 * Upstream: cluster-bootstrap/token/{api,util}, cluster-bootstrap/util/secrets
 */
import type { Secret } from './types.ts';

export const bootstrapTokenType = 'bootstrap.kubernetes.io/token';
export const bootstrapNamespace = 'kube-system';
/** The group of all who come with such a token. */
export const bootstrapGroup = 'system:bootstrappers';

export interface BootstrapToken {
  id: string;
  secret: string;
}

export type BootstrapUsage = 'authentication' | 'signing';

/** `07401b.f395accd246ae52d`; undefined for any other text. */
export function parseBootstrapToken(text: string): BootstrapToken | undefined {
  const [, id, secret] = /^([a-z0-9]{6})\.([a-z0-9]{16})$/.exec(text) ?? [];
  return id && secret ? { id, secret } : undefined;
}

export const bootstrapSecretName = (id: string): string => `bootstrap-token-${id}`;

/** A group that a token may give beside the one that all of them do. */
export const isBootstrapGroup = (group: string): boolean =>
  /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/.test(group);

/** A value of a Secret as text; empty when it is not there. */
export const secretText = ({ data }: Secret, key: string): string =>
  Buffer.from(data?.[key] ?? '', 'base64').toString('utf8');

/** The token that a Secret holds; undefined when it holds none, or is named after another. */
export function tokenOf(secret: Secret): BootstrapToken | undefined {
  if (secret.type !== bootstrapTokenType) return undefined;
  const token = parseBootstrapToken(`${secretText(secret, 'token-id')}.${secretText(secret, 'token-secret')}`);
  return token && secret.metadata.name === bootstrapSecretName(token.id) ? token : undefined;
}

export const isUsableFor = (secret: Secret, usage: BootstrapUsage): boolean =>
  secretText(secret, `usage-bootstrap-${usage}`) === 'true';

/**
 * When the token ends, in milliseconds since the epoch. A time that cannot be read is long past: nobody knows what was meant.
 * Undefined for one that never ends.
 */
export function expirationOf(secret: Secret): number | undefined {
  const text = secretText(secret, 'expiration');
  if (text === '') return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? 0 : time;
}

export const isExpired = (secret: Secret, now: number): boolean =>
  (expirationOf(secret) ?? Number.POSITIVE_INFINITY) <= now;

/** The groups of who comes with the token. Throws for one that such a token may not give. */
export function extraGroupsOf(secret: Secret): string[] {
  const groups = secretText(secret, 'auth-extra-groups')
    .split(',')
    .filter((group) => group !== '');
  const wrong = groups.find((group) => !isBootstrapGroup(group));
  if (wrong === undefined) return groups;
  throw new Error(
    `bootstrap group ${JSON.stringify(wrong)} is invalid (must match \\Asystem:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]\\z)`,
  );
}
