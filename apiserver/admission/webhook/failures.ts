/**
 * What a webhook may do to a request: deny it, or fail to say anything.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/errors/statuserror.go, apiserver/pkg/util/webhook/error.go
 */
import { ApiError, badRequest } from '../../../api/errors.ts';
import type { Status } from '../../../api/types.ts';

/** There is no answer, or none that can be used; the failure policy of the webhook says what becomes of the request. */
export class CallError extends Error {
  constructor(webhook: string, why: string) {
    super(`failed calling webhook ${JSON.stringify(webhook)}: ${why}`);
  }
}

/** The webhook has said no. */
export class Denial extends ApiError {}

/** The answer to the client of a request that was denied: as the webhook worded it, but always an error. */
export function denial(webhook: string, status: Partial<Status> = {}): Denial {
  const { code = 0, reason = '', message, details } = status;
  const why = message || reason;
  const denied = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const text = why ? `${denied}: ${why}` : `${denied} without explanation`;
  return new Denial(code < 400 ? 400 : Math.min(code, 599), reason, text, details);
}

export const dryRunUnsupported = (webhook: string): ApiError =>
  badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
