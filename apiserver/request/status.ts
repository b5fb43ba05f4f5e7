/** Answers that are a `Status`. Upstream: apimachinery/pkg/apis/meta/v1 Status */
import type { ApiError } from '../../api/errors.ts';
import type { StatusDetails } from '../../api/types.ts';
import { type Answer, json } from './call.ts';

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
