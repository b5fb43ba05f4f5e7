/**
 * One HTTP/2 connection, seen by the server: takes the client's frames apart, keeps the streams, and answers what is not
 * the application's business (SETTINGS, PING, windows, errors).
 *
 *     socket -> FrameReader -> Connection -> Stream -> Receiver, the application
 *     socket <- Output <- Sender <- Stream <- the application
 *
 * The application gets a `Stream` for each request and returns its `Receiver`. Whatever a client sends, nothing is thrown
 * out of here: a malformed frame ends its stream or this connection with RFC 9113's code.
 *
 * Upstream: RFC 9113. Left out: server push, priorities, HTTP/1.
 */
import type { Socket } from 'node:net';
import { ConnectionError, errorCode, frameSizeError, protocolError, StreamError } from './error.ts';
import { endOfPadded, FrameReader, frameFlag, frameType } from './frame.ts';
import { HeaderBlockReader, priorityBytes } from './header-block.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { encodeHeaders, noTable } from './hpack-encoder.ts';
import type { HeaderField } from './hpack-table.ts';
import { limits } from './limits.ts';
import { Output } from './output.ts';
import { Http1Error, http1Answer, PrefaceReader } from './preface.ts';
import { ConnectionReceiveWindow, StreamReceiveWindow } from './receive-window.ts';
import { checkTrailers, headerValue, parseRequest, type Request } from './request.ts';
import { ResetBudget } from './reset-budget.ts';
import { Sender } from './sender.ts';
import { ownSettings, parseSettings } from './settings.ts';
import { type Receiver, Stream, type StreamOwner } from './stream.ts';

/** The application. */
export interface Application {
  /** A request began. */
  accept(stream: Stream, request: Request, window: ConnectionReceiveWindow): Receiver;
  /** An error that is ours, not the client's. */
  failed(error: unknown): void;
}

const nothing = Buffer.of();
const headersTooLarge = encodeHeaders([[':status', '431']]);
/** Streams that we ended and whose last frames may still be under way. */
const rememberedResets = 1000;

export class Connection implements StreamOwner {
  readonly sender: Sender;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #application: Application;
  readonly #output: Output;
  readonly #window: ConnectionReceiveWindow;
  readonly #preface = new PrefaceReader();
  readonly #frames = new FrameReader(limits.frameBytes, (...frame) => this.#onFrame(...frame));
  readonly #blocks = new HeaderBlockReader((...block) => this.#onHeaderBlock(...block));
  readonly #decoder = new HpackDecoder();
  readonly #streams = new Map<number, Stream>();
  readonly #resets = new ResetBudget();
  readonly #resetByUs = new Set<number>();
  readonly #prefaceTimer: NodeJS.Timeout;
  /** What has arrived and waits for its turn. */
  #rest: Buffer | undefined;
  #requestsLeft: number = limits.requestsPerTurn;
  #lastStreamId = 0;
  #hasSettings = false;
  #hasSentHeaders = false;
  /** We have sent GOAWAY, or the socket is gone. */
  #ended = false;

  constructor(socket: Socket, application: Application) {
    this.#socket = socket;
    this.#application = application;
    this.#output = new Output(socket, () => this.#flushed());
    this.sender = new Sender(this.#output);
    this.#window = new ConnectionReceiveWindow((streamId, increment) => {
      this.#output.frame(frameType.windowUpdate, 0, streamId, uint32(increment));
    });
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

  finished(stream: Stream): void {
    this.#streams.delete(stream.id);
  }

  reset(stream: Stream, code: number): void {
    this.#sendReset(stream.id, code);
    this.#streams.delete(stream.id);
    stream.abort();
  }

  takeHeaderPrefix(): Buffer | undefined {
    if (this.#hasSentHeaders) return undefined;
    this.#hasSentHeaders = true;
    return noTable;
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
    this.sender.pump();
    this.#readOn();
  }

  #onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    try {
      this.#dispatch(type, flags, streamId, bytes, start, end);
    } catch (error) {
      if (!(error instanceof StreamError)) throw error;
      this.#resets.spend();
      const stream = this.#streams.get(streamId);
      if (stream) this.reset(stream, error.code);
      else this.#sendReset(streamId, error.code);
    }
  }

  #dispatch(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (!this.#hasSettings && (type !== frameType.settings || flags & frameFlag.ack)) {
      throw protocolError('the first frame is not SETTINGS');
    }
    if (this.#blocks.isOpen && type !== frameType.continuation) {
      throw protocolError('a frame in the middle of a header block');
    }
    switch (type) {
      case frameType.data:
        this.#onData(flags, streamId, bytes, start, end);
        break;
      case frameType.headers:
        if (streamId % 2 === 0) throw protocolError(`HEADERS on stream ${streamId}`);
        if (--this.#requestsLeft === 0) this.#frames.stop();
        this.#blocks.headers(flags, streamId, bytes, start, end);
        break;
      case frameType.priority:
        this.#onPriority(streamId, end - start);
        break;
      case frameType.rstStream:
        this.#onReset(streamId, end - start);
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
        this.#blocks.continuation(flags, streamId, bytes, start, end);
        break;
      // Frames of unknown types are to be ignored.
    }
  }

  #onData(flags: number, streamId: number, bytes: Buffer, frameStart: number, frameEnd: number): void {
    const length = frameEnd - frameStart;
    this.#window.arrived(length);
    let start = frameStart;
    let end = frameEnd;
    if (flags & frameFlag.padded) {
      end = endOfPadded(bytes, start, end);
      start++;
    }
    const stream = this.#streams.get(streamId);
    if (!stream) {
      this.#onClosedStream(streamId, 'DATA');
      return;
    }
    if (stream.remoteClosed) throw new StreamError(errorCode.streamClosed, 'DATA after the end of a request');
    stream.window.arrived(length);
    const isLast = (flags & frameFlag.endStream) !== 0;
    stream.arrived(end - start, isLast);
    stream.receiver.data(bytes.subarray(start, end), isLast);
  }

  #onHeaderBlock(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const fields = this.#decoder.decode(bytes, start, end);
    const stream = this.#streams.get(streamId);
    if (stream) this.#onTrailers(stream, endStream, fields);
    else if (streamId <= this.#lastStreamId) this.#onClosedStream(streamId, 'HEADERS');
    else this.#onRequest(streamId, endStream, fields);
  }

  #onTrailers(stream: Stream, endStream: boolean, fields: HeaderField[] | undefined): void {
    if (stream.remoteClosed) throw new StreamError(errorCode.streamClosed, 'HEADERS after the end of a request');
    if (!endStream) throw new StreamError(errorCode.protocolError, 'HEADERS in the middle of a request');
    checkTrailers(fields ?? []);
    stream.arrived(0, true);
    stream.receiver.data(nothing, true);
  }

  #onRequest(streamId: number, endStream: boolean, fields: HeaderField[] | undefined): void {
    this.#lastStreamId = streamId;
    if (this.#streams.size >= limits.concurrentStreams) {
      throw new StreamError(errorCode.refusedStream, `more than ${limits.concurrentStreams} streams at once`);
    }
    const stream = new Stream(streamId, this, new StreamReceiveWindow(this.#window, streamId));
    if (!fields) {
      this.#streams.set(streamId, stream);
      stream.remoteClosed = endStream;
      stream.end(headersTooLarge);
      return;
    }
    const request = parseRequest(fields);
    stream.expectedBytes = contentLength(fields);
    this.#streams.set(streamId, stream);
    stream.arrived(0, endStream);
    stream.receiver = this.#application.accept(stream, request, this.#window);
    if (endStream) stream.receiver.data(nothing, true);
  }

  /** A frame for a stream that is not open: harmless where we ended it and the client could not know yet. */
  #onClosedStream(streamId: number, what: string): void {
    if (this.#isIdle(streamId)) throw protocolError(`${what} on stream ${streamId}, which was never opened`);
    if (this.#resetByUs.has(streamId)) return;
    throw new ConnectionError(errorCode.streamClosed, `${what} on stream ${streamId}, which is closed`);
  }

  #isIdle(streamId: number): boolean {
    return streamId === 0 || streamId % 2 === 0 || streamId > this.#lastStreamId;
  }

  #onPriority(streamId: number, length: number): void {
    if (streamId === 0) throw protocolError('PRIORITY on stream 0');
    if (length === priorityBytes) return;
    if (this.#isIdle(streamId)) throw frameSizeError(`PRIORITY of ${length} bytes`);
    throw new StreamError(errorCode.frameSizeError, `PRIORITY of ${length} bytes`);
  }

  #onReset(streamId: number, length: number): void {
    if (length !== 4) throw frameSizeError(`RST_STREAM of ${length} bytes`);
    if (this.#isIdle(streamId)) throw protocolError(`RST_STREAM on stream ${streamId}, which was never opened`);
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    this.#streams.delete(streamId);
    stream.abort();
    this.#resets.spend();
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
    if (maxFrameSize) this.sender.maxFrameSize = maxFrameSize;
    if (initialWindow !== undefined) this.#changeInitialWindow(initialWindow);
    this.#output.frame(frameType.settings, frameFlag.ack, 0);
  }

  #onPing(flags: number, streamId: number, payload: Buffer): void {
    if (streamId !== 0) throw protocolError('PING on a stream');
    if (payload.length !== 8) throw frameSizeError(`PING of ${payload.length} bytes`);
    if (!(flags & frameFlag.ack)) this.#output.frame(frameType.ping, frameFlag.ack, 0, payload);
  }

  #changeInitialWindow(window: number): void {
    const difference = window - this.sender.initialStreamWindow;
    this.sender.initialStreamWindow = window;
    if (difference === 0) return;
    for (const stream of this.#streams.values()) {
      if (!stream.widen(difference)) {
        throw new ConnectionError(errorCode.flowControlError, 'a new initial window makes a stream exceed 2^31-1');
      }
    }
    this.sender.pump();
  }

  #onWindowUpdate(streamId: number, bytes: Buffer, start: number, end: number): void {
    if (end - start !== 4) throw frameSizeError(`WINDOW_UPDATE of ${end - start} bytes`);
    const increment = bytes.readUInt32BE(start) & 0x7fffffff;
    if (streamId === 0) {
      if (increment === 0) throw protocolError('WINDOW_UPDATE of 0');
      this.sender.widen(increment);
      return;
    }
    if (this.#isIdle(streamId)) throw protocolError(`WINDOW_UPDATE on stream ${streamId}, which was never opened`);
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    if (increment === 0) throw new StreamError(errorCode.protocolError, 'WINDOW_UPDATE of 0');
    if (!stream.widen(increment)) {
      throw new StreamError(errorCode.flowControlError, 'the window of a stream is larger than 2^31-1');
    }
    this.sender.pump();
  }

  #sendReset(streamId: number, code: number): void {
    this.#output.frame(frameType.rstStream, 0, streamId, uint32(code));
    this.#resetByUs.add(streamId);
    if (this.#resetByUs.size <= rememberedResets) return;
    const [oldest] = this.#resetByUs;
    this.#resetByUs.delete(oldest!);
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
    const payload = Buffer.concat([uint32(this.#lastStreamId), uint32(code), Buffer.from(message)]);
    this.#output.frame(frameType.goaway, 0, 0, payload);
    this.#output.flush();
    this.#socket.end();
    this.#linger();
  }

  #end(): void {
    this.#ended = true;
    clearTimeout(this.#prefaceTimer);
    for (const stream of this.#streams.values()) stream.abort();
    this.#streams.clear();
  }

  /** The client gets a moment to take what was sent, and what it still sends is read so that it can. */
  #linger(): void {
    this.#rest = undefined;
    this.#socket.resume();
    const timer = setTimeout(() => this.#socket.destroy(), limits.lingerMs);
    this.#socket.once('close', () => clearTimeout(timer));
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function contentLength(fields: readonly HeaderField[]): number | undefined {
  const text = headerValue(fields, 'content-length');
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new StreamError(errorCode.protocolError, `content-length ${text}`);
  return Number(text);
}
