/**
 * Continue tokens: where a list goes on, and at which revision. The format is Kubernetes' own, so that a token of one
 * server is good at another one of the same cluster.
 *
 * Upstream: apiserver/pkg/storage/continue.go
 */
import { badRequest } from '../../api/errors.ts';

export interface ContinueToken {
  /** -1: go on at the newest revision, however that fits to the pages before. */
  revision: number;
  /** Key below the kind's prefix, after which the next page begins. */
  start: string;
}

export const encodeContinue = ({ revision, start }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: `${start}\0` })).toString('base64url');

/** Reads a token. `keyPrefix` is what the list is limited to; a token that leads outside of it is refused. */
export function decodeContinue(token: string, keyPrefix: string): ContinueToken {
  let decoded: { v?: unknown; rv?: unknown; start?: unknown };
  try {
    decoded = JSON.parse(Buffer.from(token, 'base64url').toString()) as typeof decoded;
  } catch {
    throw notValid('not JSON');
  }
  if (decoded?.v !== 'meta.k8s.io/v1') throw notValid('server does not recognize this encoded version');
  const { rv, start } = decoded;
  if (!Number.isSafeInteger(rv) || (rv as number) < -1 || rv === 0)
    throw notValid('incorrect encoded start resourceVersion');
  if (typeof start !== 'string' || !start.endsWith('\0')) throw notValid('encoded start key empty');
  const key = start.slice(0, -1);
  if (!key.startsWith(keyPrefix) || key.split('/').includes('..')) throw notValid('the key is outside of the list');
  return { revision: rv as number, start: key };
}

const notValid = (why: string): Error => badRequest(`continue key is not valid: ${why}`);
