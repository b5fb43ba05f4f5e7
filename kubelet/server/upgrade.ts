/**
 * Taking a connection over: by WebSocket, or by SPDY/3.1 as kubectl did before 1.30. Which of the protocols inside is spoken is
 * agreed upon in both cases.
 *
 * Upstream: apimachinery/pkg/util/httpstream/{httpstream.go,spdy/upgrade.go,wsstream/conn.go}
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { SpdySession, type SpdyStream } from '../../client/spdy/session.ts';
import { HttpError } from './http-error.ts';

/** An upgrade request with its connection. */
export interface Upgrade {
  request: IncomingMessage;
  socket: Duplex;
  /** What has arrived already. */
  head: Buffer;
}

/** How long a client may take to read the rest once a session is over. */
export const finishMs = 15 * 60_000;

const listOf = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .flatMap((line) => line.split(','))
    .map((word) => word.trim())
    .filter(Boolean);

/** What the client asks to speak. Throws for what is neither. */
export function upgradeKind({ headers }: IncomingMessage): 'websocket' | 'spdy' {
  const asked = headers.upgrade?.toLowerCase();
  if (asked === 'websocket') return 'websocket';
  if (asked === 'spdy/3.1') return 'spdy';
  throw new HttpError(400, `unable to upgrade: missing upgrade headers in request: ${headers.upgrade ?? ''}`);
}

const acceptedProtocol = new WeakMap<IncomingMessage, string>();

// The types of the library do not know its newest option.
const options: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  perMessageDeflate: false,
  maxPayload: 16 * 1024 * 1024,
  closeTimeout: finishMs,
};
const webSockets = new WebSocketServer(options);
webSockets.on('headers', (headers, request) => {
  const protocol = acceptedProtocol.get(request);
  if (protocol) headers.push(`Sec-WebSocket-Protocol: ${protocol}`);
});

/**
 * The first protocol of the client's that is among `supported`; '' stands for none asked for, where that is supported. Throws
 * when there is none.
 */
export function webSocketProtocol({ headers }: IncomingMessage, supported: readonly string[]): string {
  const asked = listOf(headers['sec-websocket-protocol']);
  const agreed = asked.length === 0 ? '' : asked.find((protocol) => supported.includes(protocol));
  if (agreed !== undefined && supported.includes(agreed)) return agreed;
  const known = supported.filter(Boolean).join(', ');
  throw new HttpError(
    400,
    `unable to upgrade: the WebSocket protocols ${asked.join(', ') || '(none)'} are not among ${known}`,
  );
}

/** Completes a WebSocket. */
export function acceptWebSocket({ request, socket, head }: Upgrade, protocol: string): Promise<WebSocket> {
  acceptedProtocol.set(request, protocol);
  // The library would refuse a name with a slash in it, as that of port-forward is; we answer for the choice.
  delete request.headers['sec-websocket-protocol'];
  return new Promise((resolve) => webSockets.handleUpgrade(request, socket, head, resolve));
}

const versionHeader = 'x-stream-protocol-version';

/** Completes an upgrade to SPDY; `onStream` is given each stream that the client begins. */
export function acceptSpdy(
  { request, socket, head }: Upgrade,
  protocol: string,
  onStream: (stream: SpdyStream) => void,
): SpdySession {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: Upgrade', 'upgrade: SPDY/3.1'];
  if (request.headers[versionHeader] !== undefined) lines.push(`${versionHeader}: ${protocol}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return new SpdySession(socket, head, { role: 'server', onStream });
}

/** The first protocol that the client offers and is supported; `fallback` is for clients that do not say. */
export function spdyProtocol({ headers }: IncomingMessage, supported: readonly string[], fallback: string): string {
  const offered = listOf(headers[versionHeader]);
  if (offered.length === 0) return fallback;
  const agreed = offered.find((protocol) => supported.includes(protocol));
  if (agreed) return agreed;
  const text = `client supports [${offered.join(' ')}], server accepts [${supported.join(' ')}]`;
  throw new HttpError(403, `unable to upgrade: unable to negotiate protocol: ${text}`);
}

/** Waits until the client closes the connection, which it does when it has read everything; or long enough. */
export async function untilClosed(socket: Duplex): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => socket.destroy(), finishMs);
    timer.unref();
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
