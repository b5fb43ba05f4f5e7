/**
 * Answers the questions who a token's bearer is, and who one is oneself.
 *
 * Upstream: pkg/registry/authentication/{tokenreview,selfsubjectreview}
 */
import { badRequest } from '../../api/errors.ts';
import { apiVersionOf } from '../../api/kind.ts';
import { rfc3339 } from '../../api/meta.ts';
import type { KubeObject, SelfSubjectReview, TokenReview, UserInfo } from '../../api/types.ts';
import { admitOrder } from '../admission/admit.ts';
import { Entry, unwritten } from '../cache/entry.ts';
import { type Handler, writeOptionsOf } from '../handlers/handler.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import type { Call, Reply } from '../request/call.ts';
import { decodeBody } from '../request/decode.ts';
import { answerObject } from '../request/encode.ts';
import type { TokenHolder } from './authenticator.ts';
import { InvalidCredentials } from './invalid-credentials.ts';
import type { User } from './user.ts';

/** POST of a TokenReview: in the answer's status stands whose the token is, or what is wrong with it. */
export const createTokenReview: Handler = async (registry, resource, call) => {
  const review = await decodeReview<TokenReview>(registry, resource, call);
  const { token, audiences } = review.spec ?? {};
  if (!token) throw badRequest('token is required for TokenReview in authentication');
  const { authenticator } = registry;
  const holder = await orInvalid(
    authenticator.reviewToken(token, audiences?.length ? audiences : authenticator.audiences),
  );
  const status = holder instanceof InvalidCredentials ? { user: {}, error: holder.message } : statusOf(holder);
  return answer(call, resource, { ...review, status });
};

/** POST of a SelfSubjectReview: the caller, as impersonation has made it. */
export const createSelfSubjectReview: Handler = async (registry, resource, call) => {
  await decodeReview<SelfSubjectReview>(registry, resource, call);
  return answer(call, resource, {
    metadata: { creationTimestamp: rfc3339(registry.now()) },
    status: { userInfo: userInfoOf(call.user) },
  });
};

async function decodeReview<T extends KubeObject>(registry: Registry, resource: Resource, call: Call): Promise<T> {
  const options = writeOptionsOf(call);
  const object = await decodeBody<T>(call, resource);
  const { kind, type } = resource;
  const order = { operation: 'create', resource, subresource: '', kind, type, namespace: '', name: '' } as const;
  await admitOrder(registry.admission, { ...order, object, options, served: registry });
  return object;
}

const orInvalid = (holder: Promise<TokenHolder>): Promise<TokenHolder | InvalidCredentials> =>
  holder.catch((error: unknown) => {
    if (error instanceof InvalidCredentials) return error;
    throw error;
  });

const statusOf = ({ user, audiences }: TokenHolder) => ({
  authenticated: true,
  user: userInfoOf(user),
  ...(audiences.length > 0 && { audiences }),
});

const userInfoOf = ({ name, uid, groups, extra }: User): UserInfo => ({
  username: name,
  ...(uid && { uid }),
  groups,
  ...(extra && { extra }),
});

function answer(call: Call, { kind }: Resource, review: object): Reply | Promise<Reply> {
  const typed = { kind: kind.kind, apiVersion: apiVersionOf(kind), ...review };
  return answerObject(call, kind, new Entry('', unwritten, Buffer.from(JSON.stringify(typed))), 201);
}
