/** Recognises the server's refusal to create something in a namespace that is going away: nothing to retry. */
import { ApiError } from '../api/errors.ts';

export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof ApiError && (error.details?.causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating');
