/**
 * One request on its way through the steps of `chain.ts`, and the answers that the last step may give. Steps fill it in
 * and read it; only `server.ts` touches the socket.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { User } from '../authn/user.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { RequestInfo } from './info.ts';
import type { Pieces } from './pieces.ts';

export interface Call {
  method: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  info: RequestInfo;
  /** Who it is answered as. */
  user: User;
  /** Who sent it, where that is somebody else: with `Impersonate-User` headers, and the right to. */
  impersonator?: User | undefined;
  /** The verb that has let them, where it was not `impersonate` alone. */
  impersonationConstraint?: string | undefined;
  /** The caller's address. */
  remoteAddress: string;
  /** Texts for `Warning` headers, in the order they were found. */
  warnings: string[];
  /** Names the request in every log. */
  auditId: string;
  /** Undefined where the request is not recorded. */
  audit?: AuditTrail;
  /** What its audit event is to say beside what it says of every request. */
  auditAnnotations: Record<string, string>;
  /** Headers that the answer has, whatever it will be. */
  replyHeaders: Record<string, string>;
  /** How long it waited for its turn. */
  queuedSeconds: number;
  /** Aborts when the client goes away, the request takes too long, or the server stops. */
  signal: AbortSignal;
  /** Reads the body. Rejects with a 413 when it is larger than the limit. */
  body(): Promise<Buffer>;
  /** The request itself, for the tunnel to a kubelet. */
  raw: IncomingMessage;
}

/** A complete answer. */
export interface Answer {
  status: number;
  contentType: string;
  body: Buffer | string | Pieces;
  headers?: Record<string, string>;
}

/** An answer that is written piece by piece: a watch, a log, a tunnel. It ends when the promise settles. */
export interface Streamed {
  stream(response: ServerResponse): Promise<void>;
}

/** The answer to an upgrade: takes over the client's connection, and what has arrived on it already. */
export interface Tunnel {
  tunnel(client: Duplex, head: Buffer): Promise<void>;
}

export type Reply = Answer | Streamed | Tunnel;

/** An answer from a JSON value. */
export const json = (status: number, value: unknown): Answer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
});

export const text = (status: number, body: string): Answer => ({
  status,
  contentType: 'text/plain; charset=utf-8',
  body,
});
