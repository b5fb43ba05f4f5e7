/** Bootstrap tokens as Secrets: made, and shown. Upstream: cmd/kubeadm/app/apis/bootstraptoken, cmd/kubeadm/app/cmd/token.go */
import { randomInt } from 'node:crypto';
import { humanDuration } from '../../api/age.ts';
import {
  type BootstrapToken,
  type BootstrapUsage,
  bootstrapNamespace,
  bootstrapSecretName,
  bootstrapTokenType,
  expirationOf,
  isUsableFor,
  parseBootstrapToken,
  secretText,
  tokenOf,
} from '../../api/bootstrap-token.ts';
import { rfc3339 } from '../../api/meta.ts';
import type { Secret } from '../../api/types.ts';

/** Whoever has joined with a token of these may read nodes and ask for a certificate. */
export const defaultGroup = 'system:bootstrappers:kubeadm:default-node-token';

const characters = 'abcdefghijklmnopqrstuvwxyz0123456789';
const randomText = (length: number): string =>
  Array.from({ length }, () => characters[randomInt(characters.length)]).join('');

export const generateToken = (): BootstrapToken => ({ id: randomText(6), secret: randomText(16) });

export const formatToken = ({ id, secret }: BootstrapToken): string => `${id}.${secret}`;

/** Reads an argument. Throws for what is no token. */
export function parseToken(text: string): BootstrapToken {
  const token = parseBootstrapToken(text);
  if (token) return token;
  throw new Error(
    `the bootstrap token ${JSON.stringify(text)} was not of the form "\\\\A([a-z0-9]{6})\\\\.([a-z0-9]{16})\\\\z"`,
  );
}

export interface TokenOptions {
  /** 0 for one that never ends. */
  ttlMs: number;
  usages: readonly string[];
  groups: readonly string[];
  description: string;
}

/** The Secret of a token. */
export function secretOfToken(token: BootstrapToken, options: TokenOptions, now: number): Secret {
  const { ttlMs, usages, groups, description } = options;
  const values: Record<string, string> = {
    'token-id': token.id,
    'token-secret': token.secret,
    ...(ttlMs > 0 && { expiration: rfc3339(new Date(now + ttlMs)) }),
    ...(description && { description }),
    ...(groups.length > 0 && { 'auth-extra-groups': groups.join(',') }),
    ...Object.fromEntries(usages.map((usage) => [`usage-bootstrap-${usage}`, 'true'])),
  };
  return {
    metadata: { name: bootstrapSecretName(token.id), namespace: bootstrapNamespace },
    type: bootstrapTokenType,
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  };
}

export const tokenColumns = ['TOKEN', 'TTL', 'EXPIRES', 'USAGES', 'DESCRIPTION', 'EXTRA GROUPS'];
const usages: BootstrapUsage[] = ['authentication', 'signing'];

/** A line of `token list`; undefined for a Secret that holds no token. */
export function tokenRow(secret: Secret, now: number): string[] | undefined {
  const token = tokenOf(secret);
  if (!token) return undefined;
  const expires = expirationOf(secret);
  const left = expires === undefined ? '<forever>' : expires > now ? humanDuration(expires - now) : '<invalid>';
  return [
    formatToken(token),
    left,
    expires === undefined ? '<never>' : rfc3339(new Date(expires)),
    usages.filter((usage) => isUsableFor(secret, usage)).join(',') || '<none>',
    secretText(secret, 'description') || '<none>',
    secretText(secret, 'auth-extra-groups') || '<none>',
  ];
}
