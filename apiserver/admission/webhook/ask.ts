/**
 * Asks one webhook about one request. Warnings and audit annotations of the answer go to the request.
 *
 * Upstream: apiserver/pkg/admission/plugin/webhook/{mutating,validating}/dispatcher.go (callHook)
 */
import { randomUUID } from 'node:crypto';
import type { Versioned } from '../matching/equivalent.ts';
import type { Admission } from '../plugin.ts';
import { CallError, denial, dryRunUnsupported } from './failures.ts';
import type { Hook } from './hook.ts';
import { admissionRequest, reviewOf, type Verdict, verdictOf } from './review.ts';

/** Throws an ApiError when the webhook denies the request, and a CallError when it cannot be asked. */
export async function ask(hook: Hook, admission: Admission, versioned: Versioned, mutating: boolean): Promise<Verdict> {
  const { options } = admission;
  if (options.dryRun && !hook.dryRun) throw dryRunUnsupported(hook.name);
  const uid = randomUUID();
  const review = reviewOf(hook.version, admissionRequest(uid, admission, versioned));
  const answer = await attempt(hook, 'failed to call webhook', () => hook.client.post(review));
  const verdict = await attempt(hook, 'received invalid webhook response', () =>
    verdictOf(answer, hook.version, uid, mutating),
  );
  for (const [key, value] of Object.entries(verdict.auditAnnotations)) {
    options.auditAnnotations[`${hook.name}/${key}`] = value;
  }
  options.warnings.push(...verdict.warnings);
  if (!verdict.allowed) throw denial(hook.name, verdict.status);
  return verdict;
}

/** Names the webhook in whatever goes wrong with it. */
export async function attempt<T>(hook: Hook, what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new CallError(hook.name, `${what}: ${(error as Error).message}`);
  }
}
