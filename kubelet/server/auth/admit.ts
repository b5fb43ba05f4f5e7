/**
 * The gate of the kubelet's API: whoever is not known gets a 401, whoever may not do it a 403.
 *
 * Upstream: pkg/kubelet/server/server.go (InstallAuthFilter), cmd/kubelet/app/auth.go
 */
import type { IncomingMessage } from 'node:http';
import { subjectaccessreviews } from '../../../api/kinds/subjectaccessreviews.ts';
import { tokenreviews } from '../../../api/kinds/tokenreviews.ts';
import type { FlagValues } from '../../../client/component/flags.ts';
import type { Logger } from '../../../client/component/log.ts';
import type { RestClient } from '../../../client/rest.ts';
import type { kubeletFlags } from '../../flags.ts';
import { HttpError } from '../http-error.ts';
import { attributesOf } from './attributes.ts';
import { Authentication } from './authenticate.ts';
import { Authorization } from './authorize.ts';

/** Passes, or rejects with an `HttpError`. `path` is the one that the request is routed by. */
export type Admit = (request: IncomingMessage, path: string) => Promise<void>;

/** The gate that the flags ask for. */
export function createAdmit(
  client: RestClient,
  nodeName: string,
  flags: FlagValues<typeof kubeletFlags>,
  logger: Logger,
): Admit {
  const authentication = new Authentication({
    anonymousAuth: flags['anonymous-auth'],
    reviewToken: flags['authentication-token-webhook'] ? (review) => client.of(tokenreviews).create(review) : undefined,
    tokenCacheMs: flags['authentication-token-webhook-cache-ttl'],
    now: Date.now,
  });
  const authorization = new Authorization({
    nodeName,
    reviewAccess:
      flags['authorization-mode'] === 'Webhook'
        ? (review) => client.of(subjectaccessreviews).create(review)
        : undefined,
    allowedCacheMs: flags['authorization-webhook-cache-authorized-ttl'],
    deniedCacheMs: flags['authorization-webhook-cache-unauthorized-ttl'],
    now: Date.now,
  });
  return async (request, path) => {
    const user = await authentication.userOf(request).catch((error) => {
      logger.error({ err: error }, 'Unable to authenticate the request due to an error');
      return undefined;
    });
    if (!user) throw new HttpError(401, 'Unauthorized');
    await authorization.authorize(user, attributesOf(request.method ?? '', path));
  };
}
