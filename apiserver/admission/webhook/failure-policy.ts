/**
 * What becomes of a request when a webhook denies it, or cannot be asked: the webhook's failure policy decides that.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/{mutating,validating}/dispatcher.go (Dispatch)
 */
import { internalError } from '../../../api/errors.ts';
import type { Logger } from '../../../client/component/log.ts';
import type { Admission } from '../plugin.ts';
import { CallError, Denial } from './failures.ts';
import type { Hook } from './hook.ts';
import { countFailOpen, type HookType, type Outcome, observe } from './metrics.ts';

/** Does the work of one call. Throws an ApiError that refuses the request; undefined when the webhook is passed over. */
export async function underFailurePolicy<T>(
  hook: Hook,
  type: HookType,
  { operation }: Admission,
  logger: Logger,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const began = performance.now();
  const done = (code: number, refused?: Outcome['refused']): void => {
    const seconds = (performance.now() - began) / 1000;
    const { name } = hook;
    observe({ name, type, operation: operation.toUpperCase(), seconds, code, ...(refused && { refused }) });
  };
  try {
    const result = await work();
    done(200);
    return result;
  } catch (error) {
    if (!(error instanceof CallError)) {
      const denied = error instanceof Denial;
      done(denied ? error.code : 0, denied ? 'no_error' : 'apiserver_internal_error');
      throw error;
    }
    const { ignoreFailure } = hook;
    logger.warn({ why: error.message, ignoreFailure }, 'A webhook cannot be asked');
    done(unavailable, ignoreFailure ? undefined : 'calling_webhook_error');
    if (!ignoreFailure) throw internalError(error.message);
    countFailOpen(hook.name, type);
    return undefined;
  }
}

/** The code that counts for a call without an answer. */
const unavailable = 503;
