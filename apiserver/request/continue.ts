/**
 * Continue tokens: where a list goes on, and at which revision. The format is Kubernetes' own, so that a token of one
 * server is good at another one of the same cluster.
 *
 * Upstream: apiserver/pkg/storage/continue.go
 */
import { posix } from 'node:path';
import { badRequest } from '../../api/errors.ts';

export interface ContinueToken {
  /** Negative: go on at the newest revision, however that fits to the pages before. */
  revision: number;
  /** The first key that the next page may hold, below what the list is limited to. */
  start: string;
}

export const encodeContinue = ({ revision, start }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start })).toString('base64url');

/** Reads a token. Throws a 400 for one that is not ours, or that leads outside of the list. */
export function decodeContinue(token: string): ContinueToken {
  let decoded: { v?: unknown; rv?: unknown; start?: unknown } | null;
  try {
    decoded = JSON.parse(Buffer.from(token, 'base64url').toString()) as typeof decoded;
  } catch (error) {
    throw notValid(`: ${(error as Error).message}`);
  }
  const { v, rv, start } = decoded ?? {};
  if (v !== 'meta.k8s.io/v1') throw notValid(`: server does not recognize this encoded version ${v ?? ''}`);
  if (!Number.isSafeInteger(rv) || rv === 0) {
    throw notValid(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  }
  if (typeof start !== 'string' || start === '') {
    throw notValid(': encoded start key empty (version meta.k8s.io/v1)');
  }
  const absolute = start.startsWith('/') ? start : `/${start}`;
  if (posix.normalize(absolute) !== absolute) throw notValid(`: ${start}`);
  return { revision: rv as number, start: absolute.slice(1) };
}

const notValid = (why: string): Error => badRequest(`invalid continue token: continue key is not valid${why}`);
