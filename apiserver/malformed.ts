/**
 * What cannot be read as HTTP at all: the connection gets one answer, a Status like any other, and is closed.
 * Upstream: net/http server.go badRequestError (plain text there)
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ApiError, badRequest } from '../api/errors.ts';

interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
}

/** The last request of each connection. */
const exchanges = new WeakMap<Socket, Exchange>();

/** Remembers that a request has come over its connection. */
export function noteRequest(request: IncomingMessage, response: ServerResponse): void {
  exchanges.set(request.socket, { request, response });
}

/** Resolves once whatever came over the connection so far has been answered: answers go out in the order of their requests. */
export async function answeredSoFar(socket: Socket): Promise<void> {
  const response = exchanges.get(socket)?.response;
  if (response && !response.closed) await new Promise((resolve) => response.once('close', resolve));
}

/** Called by the HTTP parser's server with what is wrong. */
export function answerClientError(error: NodeJS.ErrnoException & { reason?: string }, socket: Socket): void {
  const last = exchanges.get(socket);
  if (last?.request.complete && !last.response.writableFinished) {
    // What is wrong comes after a request that is being answered: this must not look like its answer.
    last.response.once('finish', () => socket.end());
    return;
  }
  // The client is gone, or has been sent a part of an answer already.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, phrase, status } = answerOf(error);
  const body = JSON.stringify(status.toStatus());
  socket.end(
    `HTTP/1.1 ${code} ${phrase}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-cache, private\r\nConnection: close\r\n\r\n${body}`,
  );
}

function answerOf(error: NodeJS.ErrnoException & { reason?: string }): {
  code: number;
  phrase: string;
  status: ApiError;
} {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return refusal(431, 'Request Header Fields Too Large', 'the header of the request is too large');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return refusal(408, 'Request Timeout', 'the request did not arrive in time');
    default: {
      const status = badRequest(`malformed HTTP request: ${error.reason ?? error.message}`);
      return { code: 400, phrase: 'Bad Request', status };
    }
  }
}

const refusal = (code: number, phrase: string, message: string) => ({
  code,
  phrase,
  status: new ApiError(code, '', message),
});
