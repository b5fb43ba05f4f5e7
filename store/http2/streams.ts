/**
 * The streams of one connection: opens them, gives each its frames, and ends those whose frames are not as they should be.
 *
 * A stream's number says what may come for it: above the last one seen it is idle and only HEADERS may open it; among the
 * open ones it has a state; the rest are closed, where only what the client could not know better is forgiven.
 *
 *     1 closed   3 open   5 open   7 idle ...
 *
 * Upstream: RFC 9113, sections 5 and 6
 */
import { ConnectionError, errorCode, frameSizeError, protocolError, StreamError } from './error.ts';
import { endOfPadded, frameFlag, frameType, uint32 } from './frame.ts';
import { HeaderBlockReader, priorityBytes } from './header-block.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { encodeHeaders, noTable } from './hpack-encoder.ts';
import type { HeaderField } from './hpack-table.ts';
import { limits } from './limits.ts';
import { type ConnectionReceiveWindow, StreamReceiveWindow } from './receive-window.ts';
import { checkTrailers, headerValue, parseRequest, type Request } from './request.ts';
import { ResetBudget } from './reset-budget.ts';
import type { Sender } from './sender.ts';
import { type Receiver, Stream, type StreamOwner } from './stream.ts';

/** The application's answer to a request that began. */
export type Accept = (stream: Stream, request: Request, window: ConnectionReceiveWindow) => Receiver;

const nothing = Buffer.of();
const headersTooLarge = encodeHeaders([[':status', '431']]);
/** Streams that we ended and whose last frames may still be under way. */
const rememberedResets = 1000;

export class Streams implements StreamOwner {
  readonly sender: Sender;
  readonly #window: ConnectionReceiveWindow;
  readonly #accept: Accept;
  readonly #blocks = new HeaderBlockReader((...block) => this.#onHeaderBlock(...block));
  readonly #decoder = new HpackDecoder();
  readonly #streams = new Map<number, Stream>();
  readonly #resets = new ResetBudget();
  readonly #resetByUs = new Set<number>();
  #lastId = 0;
  #hasSentHeaders = false;

  constructor(sender: Sender, window: ConnectionReceiveWindow, accept: Accept) {
    this.sender = sender;
    this.#window = window;
    this.#accept = accept;
  }

  /** The highest number that the client has used. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Whether only CONTINUATION may come now. */
  get isInHeaderBlock(): boolean {
    return this.#blocks.isOpen;
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

  onData(flags: number, streamId: number, bytes: Buffer, frameStart: number, frameEnd: number): void {
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

  onHeaders(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    if (streamId % 2 === 0) throw protocolError(`HEADERS on stream ${streamId}`);
    this.#blocks.headers(flags, streamId, bytes, start, end);
  }

  onContinuation(flags: number, streamId: number, bytes: Buffer, start: number, end: number): void {
    this.#blocks.continuation(flags, streamId, bytes, start, end);
  }

  onPriority(streamId: number, length: number): void {
    if (streamId === 0) throw protocolError('PRIORITY on stream 0');
    if (length === priorityBytes) return;
    if (this.#isIdle(streamId)) throw frameSizeError(`PRIORITY of ${length} bytes`);
    throw new StreamError(errorCode.frameSizeError, `PRIORITY of ${length} bytes`);
  }

  onReset(streamId: number, length: number): void {
    if (length !== 4) throw frameSizeError(`RST_STREAM of ${length} bytes`);
    if (this.#isIdle(streamId)) throw protocolError(`RST_STREAM on stream ${streamId}, which was never opened`);
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    this.#streams.delete(streamId);
    stream.abort();
    this.#resets.spend();
  }

  onWindowUpdate(streamId: number, increment: number): void {
    if (this.#isIdle(streamId)) throw protocolError(`WINDOW_UPDATE on stream ${streamId}, which was never opened`);
    const stream = this.#streams.get(streamId);
    if (!stream) return;
    if (increment === 0) throw new StreamError(errorCode.protocolError, 'WINDOW_UPDATE of 0');
    if (!stream.widen(increment)) {
      throw new StreamError(errorCode.flowControlError, 'the window of a stream is larger than 2^31-1');
    }
    this.sender.pump();
  }

  /** The client's SETTINGS changed the window that streams begin with: by as much for those that are open. */
  changeInitialWindow(window: number): void {
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

  /** Ends a stream because of what came for it. */
  fail(streamId: number, error: StreamError): void {
    this.#resets.spend();
    const stream = this.#streams.get(streamId);
    if (stream) this.reset(stream, error.code);
    else this.#sendReset(streamId, error.code);
  }

  /** The connection is over. */
  abortAll(): void {
    for (const stream of this.#streams.values()) stream.abort();
    this.#streams.clear();
  }

  #onHeaderBlock(streamId: number, endStream: boolean, bytes: Buffer, start: number, end: number): void {
    const fields = this.#decoder.decode(bytes, start, end);
    const stream = this.#streams.get(streamId);
    if (stream) this.#onTrailers(stream, endStream, fields);
    else if (streamId <= this.#lastId) this.#onClosedStream(streamId, 'HEADERS');
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
    this.#lastId = streamId;
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
    stream.receiver = this.#accept(stream, request, this.#window);
    if (endStream) stream.receiver.data(nothing, true);
  }

  /** A frame for a stream that is not open: harmless where we ended it and the client could not know yet. */
  #onClosedStream(streamId: number, what: string): void {
    if (this.#isIdle(streamId)) throw protocolError(`${what} on stream ${streamId}, which was never opened`);
    if (this.#resetByUs.has(streamId)) return;
    throw new ConnectionError(errorCode.streamClosed, `${what} on stream ${streamId}, which is closed`);
  }

  #isIdle(streamId: number): boolean {
    return streamId === 0 || streamId % 2 === 0 || streamId > this.#lastId;
  }

  #sendReset(streamId: number, code: number): void {
    this.sender.output.frame(frameType.rstStream, 0, streamId, uint32(code));
    this.#resetByUs.add(streamId);
    if (this.#resetByUs.size <= rememberedResets) return;
    const [oldest] = this.#resetByUs;
    this.#resetByUs.delete(oldest!);
  }
}

function contentLength(fields: readonly HeaderField[]): number | undefined {
  const text = headerValue(fields, 'content-length');
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw new StreamError(errorCode.protocolError, `content-length ${text}`);
  return Number(text);
}
