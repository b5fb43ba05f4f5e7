/** Reading a request's body, up to the limit. Upstream: apiserver/pkg/endpoints/handlers/rest.go limitedReadBody */
import type { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { badRequest, tooLarge } from '../../api/errors.ts';

/** Kubernetes' limit: twice what etcd takes, since JSON is larger than what is stored. */
export const maxBodyBytes = 3 * 1024 * 1024;

/** How long the rest of a body that is refused is let through. */
const drainMs = 3000;

/**
 * The whole body. Rejects with a 413 when it is too large, a 400 when the client breaks off, or when `exchange` closes: nobody
 * waits for a body any more once the request has been answered.
 */
export async function readBody(request: IncomingMessage, exchange: EventEmitter): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) await refuse(request);
  const chunks: Buffer[] = [];
  const complete = await new Promise<boolean>((resolve, reject) => {
    let size = 0;
    // Streams close after their end, too, and an error costs as much as much else of a request.
    const brokenOff = (): void => {
      if (!request.readableEnded) reject(badRequest('unexpected EOF'));
    };
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) resolve(false);
      else chunks.push(chunk);
    });
    request
      .once('end', () => resolve(true))
      .once('error', brokenOff)
      .once('close', brokenOff);
    exchange.once('close', brokenOff);
  });
  if (!complete) await refuse(request);
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
}

/**
 * Lets the rest of the body through unread for a moment: a client that is still sending when its connection is closed does
 * not get to read the answer.
 */
async function refuse(request: IncomingMessage): Promise<never> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, drainMs);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.once('end', done).once('close', done).resume();
  });
  throw tooLarge(maxBodyBytes);
}
