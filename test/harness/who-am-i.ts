/** Asks a server for whom it takes the sender of a request. */
import type { SelfSubjectReview, UserInfo } from '../../api/types.ts';
import type { ApiServer, RawOptions } from './apiserver.ts';

/** The user, or the status of a refusal. A token stands for a request that has it, and no certificate. */
export async function whoAmI(server: ApiServer, how: string | RawOptions): Promise<UserInfo | number> {
  const given = typeof how === 'string' ? { identity: null, headers: { authorization: `Bearer ${how}` } } : how;
  const { status, text } = await server.raw('/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    method: 'POST',
    body: '{}',
    ...given,
    headers: { 'content-type': 'application/json', ...given.headers },
  });
  if (status !== 201) return status;
  return (JSON.parse(text) as SelfSubjectReview).status!.userInfo!;
}
