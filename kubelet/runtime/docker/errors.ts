/** Docker's errors as the kubelet's: the daemon's own message, without the client library's wrapping. */
import { RuntimeError } from '../runtime.ts';

interface DockerError {
  statusCode?: number;
  json?: { message?: string } | null;
  code?: string;
  message: string;
}

/** The status code that the daemon answered with, if it answered. */
export const statusCodeOf = (error: unknown): number | undefined => (error as DockerError).statusCode;

/** Wraps whatever the client library threw. */
export function toRuntimeError(error: unknown): RuntimeError {
  if (error instanceof RuntimeError) return error;
  const { statusCode, json, code, message } = error as DockerError;
  if (statusCode === undefined) {
    const down = code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ECONNRESET' || code === 'EACCES';
    return new RuntimeError(down ? 'Unavailable' : 'Unknown', message, { cause: error });
  }
  const text = json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]*- /, '');
  return new RuntimeError(statusCode === 404 ? 'NotFound' : 'Unknown', `Error response from daemon: ${text.trim()}`, {
    cause: error,
  });
}

/** Runs a call to the daemon. `tolerate` lists status codes that mean that there is nothing left to do. */
export async function call<T>(request: Promise<T>, tolerate: number[] = []): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (tolerate.includes(statusCodeOf(error) ?? 0)) return undefined;
    throw toRuntimeError(error);
  }
}
