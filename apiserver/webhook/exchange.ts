/**
 * One HTTPS exchange of JSON, within a time and up to a size, whatever the other side does: it may hang, dribble, or send
 * without end. Redirects are not followed. What fails is told in Go's words.
 *
 * Upstream: client-go/rest/request.go, net/http
 */
import type { IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { Deadlines } from '../../client/deadlines.ts';

export interface ExchangeOptions extends RequestOptions {
  agent: Agent;
  timeoutMs: number;
  maxAnswerBytes: number;
}

export interface Exchanged {
  status: number;
  body: Buffer;
}

const deadlines = new Deadlines();

/** Posts the body, or gets without one, and reads the whole answer. Rejects with an Error in Go's words. */
export async function exchange(options: ExchangeOptions, body?: string): Promise<Exchanged> {
  const deadline = performance.now() + options.timeoutMs;
  try {
    return await send(options, body, deadline);
  } catch (error) {
    // A connection that was kept may have been closed by the other side just now: that says nothing about the webhook.
    if (!(error instanceof StaleConnectionError)) throw new Error(describe(error));
  }
  return send(options, body, deadline).catch((error: unknown) => {
    throw new Error(describe(error));
  });
}

class StaleConnectionError extends Error {}

function send(options: ExchangeOptions, body: string | undefined, deadline: number): Promise<Exchanged> {
  return new Promise((resolve, reject) => {
    const content =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const headers = { accept: 'application/json', ...content, ...options.headers };
    const method = body === undefined ? 'GET' : 'POST';
    let answered = false;
    const request = httpsRequest({ ...options, method, headers }, (response) => {
      answered = true;
      read(response, options.maxAnswerBytes).then(
        (bytes) => resolve({ status: response.statusCode ?? 0, body: bytes }),
        giveUp,
      );
    });
    const giveUp = (error: Error): void => {
      reject(error);
      request.destroy();
    };
    const waiting = { deadline, expire: () => giveUp(new Error('context deadline exceeded')) };
    deadlines.add(waiting);
    request.once('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && !answered && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleConnectionError(error.message) : error);
    });
    request.once('close', () => {
      deadlines.delete(waiting);
      if (!answered) reject(new Error('EOF'));
    });
    request.end(body);
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = (): Error => new Error(`the answer is larger than ${maxBytes} bytes`);
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBytes) throw tooLarge();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Go's words for what goes wrong with a connection. */
function describe(cause: unknown): string {
  const error = cause as NodeJS.ErrnoException & { address?: string; port?: number };
  const dial = `dial tcp ${error.address ?? ''}:${error.port ?? ''}: connect:`;
  switch (error.code) {
    case 'ECONNREFUSED':
      return `${dial} connection refused`;
    case 'EHOSTUNREACH':
      return `${dial} no route to host`;
    case 'ENOTFOUND':
      return `dial tcp: lookup ${error.message.split(' ').at(-1)}: no such host`;
    case 'ECONNRESET':
      return 'EOF';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
    default:
      return error.message;
  }
}
