/** Reading a request's body, up to the limit. Upstream: apiserver/pkg/endpoints/handlers/rest.go limitedReadBody */
import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge } from '../../api/errors.ts';

/** Kubernetes' limit: twice what etcd takes, since JSON is larger than what is stored. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** The whole body. Rejects with a 413 as soon as it is known to be too large, a 400 when the client breaks off. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) throw refuse(request);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBodyBytes) throw refuse(request);
      chunks.push(chunk);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error;
    throw badRequest('unexpected EOF');
  }
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/** The rest of the body is let through unread, so that the client, still sending, gets to read the answer. */
function refuse(request: IncomingMessage): Error {
  request.resume();
  return tooLarge(maxBodyBytes);
}
