/** Writing a complete answer, with its warnings. */
import type { ServerResponse } from 'node:http';
import type { Answer } from './call.ts';

/** Writes the answer. A response that has begun already can only be broken off. */
export function send(
  response: ServerResponse,
  { status, contentType, body, headers }: Answer,
  warnings: string[],
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (warnings.length > 0) response.setHeader('warning', warnings.map(warningValue));
  response.writeHead(status, {
    'cache-control': 'no-cache, private',
    'content-type': contentType,
    'content-length': bytes.length,
    ...headers,
  });
  response.end(bytes);
}

/** RFC 7234: code, agent, quoted text. What is not printable Latin-1 would break the header. */
const warningValue = (text: string): string =>
  `299 - "${text.replace(/[^ -~\u00a0-\u00ff]/g, '?').replace(/["\\]/g, '\\$&')}"`;
