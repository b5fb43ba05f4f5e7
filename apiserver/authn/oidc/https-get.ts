/**
 * GET of a small document over HTTPS, within a time and up to a size, whatever the other side does. Redirects are not followed:
 * only what the operator has named is asked.
 */
import { type Agent, get } from 'node:https';

export interface GetOptions {
  agent: Agent;
  timeoutMs: number;
  maxBytes: number;
}

/** Rejects with an Error that says what went wrong, without the URL. */
export function httpsGet(
  url: URL,
  { agent, timeoutMs, maxBytes }: GetOptions,
): Promise<{ status: number; text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const request = get(url, { agent, headers: { accept: 'application/json' } }, (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) request.destroy(new Error(`the answer is larger than ${maxBytes} bytes`));
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    response.on('error', reject);
  });
  const timer = setTimeout(() => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
  request.on('error', reject);
  request.on('close', () => clearTimeout(timer));
  return promise;
}
