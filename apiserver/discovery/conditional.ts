/** Answers that a client keeps, and asks for again only if they have changed. Upstream: net/http ServeContent */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../request/call.ts';

/** The answer, or a 304 when the client has what the answer's `etag` stands for. */
export function unlessKept(
  requestHeaders: IncomingHttpHeaders,
  answer: Answer & { headers: { etag: string } },
): Answer {
  const kept = (requestHeaders['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!kept.includes('*') && !kept.includes(answer.headers.etag)) return answer;
  return { ...answer, status: 304, body: '' };
}
