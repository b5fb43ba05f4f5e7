/** Answers that are a `Status`. Upstream: apimachinery/pkg/apis/meta/v1 Status */
import { ApiError, serviceUnavailable } from '../../api/errors.ts';
import type { StatusDetails } from '../../api/types.ts';
import { type Answer, json } from './call.ts';

/** Anything that was thrown, as the error that the client gets; undefined for what nobody foresaw. */
export function foreseen(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  return error instanceof Error && error.name === 'EtcdError' ? serviceUnavailable(error.message) : undefined;
}

/** A failure, as the client gets it. */
export function failure(error: ApiError): Answer {
  const answer = json(error.code, error.toStatus());
  const { retryAfterSeconds } = error.details ?? {};
  return retryAfterSeconds === undefined
    ? answer
    : { ...answer, headers: { 'retry-after': String(retryAfterSeconds) } };
}

/** Success without an object. */
export const success = (details?: StatusDetails, status = 200): Answer =>
  json(status, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details && { details }),
    ...(status !== 200 && { code: status }),
  });
