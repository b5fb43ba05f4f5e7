/**
 * Who the bearer of a bootstrap token is: nobody that is known, but one who may ask for a certificate.
 *
 * Upstream: plugin/pkg/auth/authenticator/token/bootstrap
 */
import { timingSafeEqual } from 'node:crypto';
import {
  bootstrapGroup,
  bootstrapNamespace,
  bootstrapSecretName,
  extraGroupsOf,
  isExpired,
  isUsableFor,
  parseBootstrapToken,
  tokenOf,
} from '../../api/bootstrap-token.ts';
import type { Secret } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import type { User } from './user.ts';

/** The user behind a token; undefined for what is not a bootstrap token, or not one that is good now. */
export function authenticateBootstrapToken({ resources, now, logger }: Registry, token: string): User | undefined {
  const asked = parseBootstrapToken(token);
  if (!asked) return undefined;
  const key = `${bootstrapNamespace}/${bootstrapSecretName(asked.id)}`;
  const secret = resources.must('', 'secrets').cache.get(key)?.object as Secret | undefined;
  try {
    return secret && userOf(secret, asked.secret, now().getTime());
  } catch (error) {
    logger.warn({ secret: key, err: error }, 'A bootstrap token that cannot be used');
    return undefined;
  }
}

/** The user whom the Secret makes of one who knows its secret. Throws for groups that it may not give. */
export function userOf(secret: Secret, known: string, now: number): User | undefined {
  const token = tokenOf(secret);
  if (!token || !timingSafeEqual(Buffer.from(token.secret), Buffer.from(known))) return undefined;
  if (secret.metadata.deletionTimestamp || isExpired(secret, now) || !isUsableFor(secret, 'authentication'))
    return undefined;
  return {
    name: `system:bootstrap:${token.id}`,
    groups: [bootstrapGroup, ...extraGroupsOf(secret), 'system:authenticated'],
  };
}
