/**
 * One HTTP/2 connection, seen by the server: takes the client's frames apart, hands on what belongs to a
 * stream, and answers the rest (SETTINGS, PING, windows, errors).
 *
 *     socket -> FrameReader -> Connection -> Streams -> Stream -> Receiver, the application
 *     socket <- Output <- Sender <- Stream <- the application
 *
 * The application gets a `Stream` for each request and returns its `Receiver`. Whatever a client sends, nothing is thrown
 * out of here: a malformed frame ends its stream or this connection with RFC 9113's code.
 *
 * Upstream: RFC 9113. Left out: server push, priorities, HTTP/1.
 */
import type { Socket } from 'node:net';
import { ConnectionError, errorCode, frameSizeError, protocolError, StreamError } from './error.ts';
import { FrameReader, frameFlag, frameType, uint32 } from './frame.ts';
import { limits } from './limits.ts';
import { Output } from './output.ts';
import { Http1Error, http1Answer, PrefaceReader } from './preface.ts';
import { ConnectionReceiveWindow } from './receive-window.ts';
import { Sender } from './sender.ts';
import { ownSettings, parseSettings } from './settings.ts';
import { type Accept, Streams } from './streams.ts';

/** The application. */
export interface Application {
  /** A request began. */
  accept: Accept;
  /** An error that is ours, not the client's. */
  failed(error: unknown): void;
}

export class Connection {
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #application: Application;
  readonly #output: Output;
  readonly #sender: Sender;
  readonly #window: ConnectionReceiveWindow;
  readonly #preface = new PrefaceReader();
  readonly #frames = new FrameReader(limits.frameBytes, (...frame) => this.#onFrame(...frame));
  readonly #streams: Streams;
  readonly #prefaceTimer: NodeJS.Timeout;
  /** What has arrived and waits for its turn. */
  #rest: Buffer | undefined;
  #requestsLeft: number = limits.requestsPerTurn;
  #hasSettings = false;
  /** We have sent GOAWAY, or the socket is gone. */
  #ended = false;

  constructor(socket: Socket, application: Application) {
    this.#socket = socket;
    this.#application = application;
    this.#output = new Output(socket, () => this.#flushed());
    this.#sender = new Sender(this.#output);
    this.#window = new ConnectionReceiveWindow((streamId, increment) => {
      this.#output.frame(frameType.windowUpdate, 0, streamId, uint32(increment));
    });
    this.#streams = new Streams(this.#sender, this.#window, application.accept);
    this.#prefaceTimer = setTimeout(() => socket.destroy(), limits.prefaceMs);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#end();
        resolve();
      });
    });
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#linger());
    // A broken connection: `close` follows.
    socket.on('error', () => undefined);
  }

  /** Ends all streams and the connection, in good terms. */
  close(): void {
    this.#goAway(errorCode.noError, '');
  }

  #receive(chunk: Buffer): void {
    if (this.#ended) return;
    this.#requestsLeft = limits.requestsPerTurn;
    try {
      const bytes = this.#preface.isDone ? chunk : this.#begin(chunk);
      const taken = this.#frames.push(bytes);
      if (taken < bytes.length) this.#rest = bytes.subarray(taken);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#rest) setImmediate(() => this.#readOn());
    // A client that does not read our answers is not read either.
    if (this.#rest || this.#output.size > limits.unreadBytes) this.#socket.pause();
  }

  /** Goes on with what there is to read, if this is the time. */
  #readOn(): void {
    if (this.#output.size > limits.unreadBytes / 2 || !this.#socket.isPaused()) return;
    const rest = this.#rest;
    this.#rest = undefined;
    this.#socket.resume();
    if (rest) this.#receive(rest);
  }

  /** What comes after the preface. Once it is there, we introduce ourselves. */
  #begin(chunk: Buffer): Buffer {
    const rest = this.#preface.push(chunk);
    if (this.#preface.isDone) {
      this.#output.frame(frameType.settings, 0, 0, ownSettings);
      this.#window.begin();
    }
    return rest;
  }

  #flushed(): void {
    this.#sender.pump();
    this.#readOn();
  }

  #onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    try {
      this.#dispatch(type, flags, streamId, bytes, start, end);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#streams.fail(streamId, error);
    }
  }

  #dispatch(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (!this.#hasSettings && (type !== frameType.settings || flags & frameFlag.ack)) {
      throw protocolError('the first frame is not SETTINGS');
    }
    if (this.#streams.isInHeaderBlock && type !== frameType.continuation) {
      throw protocolError('a frame in the middle of a header block');
    }
    switch (type) {
      case frameType.data:
        this.#streams.onData(flags, streamId, bytes, start, end);
        break;
      case frameType.headers:
        if (--this.#requestsLeft === 0) this.#frames.stop();
        this.#streams.onHeaders(flags, streamId, bytes, start, end);
        break;
      case frameType.priority:
        this.#streams.onPriority(streamId, end - start);
        break;
      case frameType.rstStream:
        this.#streams.onReset(streamId, end - start);
        break;
      case frameType.settings:
        this.#onSettings(flags, streamId, bytes, start, end);
        break;
      case frameType.pushPromise:
        throw protocolError('PUSH_PROMISE from a client');
      case frameType.ping:
        this.#onPing(flags, streamId, bytes.subarray(start, end));
        break;
      case frameType.goaway:
        // The client opens no more streams, and closes the connection when those under way have ended.
        if (streamId !== 0) throw protocolError('GOAWAY on a stream');
        if (end - start < 8) throw frameSizeError(`GOAWAY of ${end - start} bytes`);
        break;
      case frameType.windowUpdate:
        this.#onWindowUpdate(streamId, bytes, start, end);
        break;
      case frameType.continuation:
        this.#streams.onContinuation(flags, streamId, bytes, start, end);
        break;
      // Frames of unknown types are to be ignored.
    }
  }

  #onSettings(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId !== 0) throw protocolError('SETTINGS on a stream');
    if (flags & frameFlag.ack) {
      if (end !== start) throw frameSizeError('an acknowledgement of SETTINGS with a payload');
      return;
    }
    const { initialWindow, maxFrameSize } = parseSettings(bytes, start, end);
    this.#hasSettings = true;
    clearTimeout(this.#prefaceTimer);
    if (maxFrameSize) this.#sender.maxFrameSize = maxFrameSize;
    if (initialWindow !== undefined) this.#streams.changeInitialWindow(initialWindow);
    this.#output.frame(frameType.settings, frameFlag.ack, 0);
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('PING on a stream');
    if (payload.length !== 8) throw frameSizeError(`PING of ${payload.length} bytes`);
    if (!(flags & frameFlag.ack)) this.#output.frame(frameType.ping, frameFlag.ack, 0, payload);
  }

  #onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw frameSizeError(`WINDOW_UPDATE of ${end - start} bytes`);
    const increment = bytes.readUInt32BE(start) & 0x7fffffff;
    if (streamId !== 0) this.#streams.onWindowUpdate(streamId, increment);
    else if (increment === 0) throw protocolError('WINDOW_UPDATE of 0');
    else this.#sender.widen(increment);
  }

  #fail(error: unknown): void {
    if (error instanceof ConnectionError) this.#goAway(error.code, error.message);
    else if (error instanceof Http1Error) {
      this.#end();
      this.#socket.end(http1Answer);
      this.#linger();
    } else {
      this.#application.failed(error);
      this.#goAway(errorCode.internalError, 'an error of the server');
    }
  }

  #goAway(code: number, message: string): void {
    if (this.#ended) return;
    this.#end();
    const payload = Buffer.concat([uint32(this.#streams.lastId), uint32(code), Buffer.from(message)]);
    this.#output.frame(frameType.goaway, 0, 0, payload);
    this.#output.flush();
    this.#socket.end();
    this.#linger();
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#prefaceTimer);
    this.#streams.abortAll();
  }

  /** The client gets a moment to take what was sent, and what it still sends is read so that it can. */
  #linger(): void {
    this.#rest = undefined;
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), limits.lingerMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}
