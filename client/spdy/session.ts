/**
 * A SPDY/3.1 connection: many streams over one, in both directions. What kubectl speaks for exec, attach and port-forward.
 *
 * Rules for callers: every stream that `onStream` is given is answered with `reply` or `reset` before it is used. A stream is
 * a Duplex: `end` closes the half that is written, `destroy` resets it; the connection's end destroys all streams. A stream
 * that nobody reads is to be resumed, because one that is full stops the connection.
 *
 * There are no windows: Go's spdystream, the other end of all of this, never updates one. So what holds a sender back is the
 * connection itself, which is not read while a stream of it has more than it can take.
 *
 * Upstream: moby/spdystream, apimachinery/pkg/util/httpstream/spdy. Specification: SPDY Protocol, draft 3.1
 */
import { Duplex } from 'node:stream';
import { dataHead, encode, type Frame, FrameReader, goAwayStatus, maxDataBytes, resetStatus } from './frames.ts';
import { HeaderReader, type Headers, HeaderWriter } from './header-block.ts';

export interface SessionOptions {
  /** Which end this is: servers number the streams that they begin with even numbers. */
  role: 'client' | 'server';
  /** Called for each stream that the other end begins. */
  onStream?(stream: SpdyStream): void;
}

export class SpdySession {
  readonly #connection: Duplex;
  readonly #options: SessionOptions;
  readonly #frames = new FrameReader();
  readonly #headersIn = new HeaderReader();
  readonly #headersOut = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  /** Streams that cannot take more at present. */
  readonly #full = new Set<SpdyStream>();
  #nextStream: number;
  #lastReceived = 0;
  #goneAway = false;

  /** Takes the connection over; `head` has arrived on it already. */
  constructor(connection: Duplex, head: Buffer, options: SessionOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#nextStream = options.role === 'client' ? 1 : 2;
    connection.on('data', (chunk: Buffer) => this.#receive(chunk));
    connection.on('end', () => this.close());
    connection.on('error', () => connection.destroy());
    connection.on('close', () => {
      for (const stream of this.#streams.values()) stream.lost();
      this.#streams.clear();
    });
    if (head.length > 0) this.#receive(head);
  }

  /** Resolves when the connection is closed, by whomever. */
  closed(): Promise<void> {
    if (this.#connection.destroyed) return Promise.resolve();
    return new Promise((resolve) => this.#connection.once('close', () => resolve()));
  }

  /** Begins a stream. It can be written at once; `replied` tells when the other end has accepted it. */
  createStream(headers: Headers): SpdyStream {
    const id = this.#nextStream;
    this.#nextStream += 2;
    const stream = this.#add(id, headers);
    if (this.#connection.destroyed || this.#goneAway) stream.lost();
    else this.#connection.write(encode.synStream(id, this.#headersOut.write(headers)));
    return stream;
  }

  /** Tells the other end that this one is done, and closes the connection once that is on its way. */
  close(): void {
    this.#leave(goAwayStatus.ok);
  }

  #leave(status: number): void {
    this.#goneAway = true;
    if (this.#connection.writableEnded) return;
    this.#connection.end(encode.goAway(this.#lastReceived, status), () => this.#connection.destroy());
  }

  /** No stream is begun any more; those that there are go on. */
  #drain(): void {
    this.#goneAway = true;
    if (this.#streams.size === 0) this.close();
  }

  #add(id: number, headers: Headers): SpdyStream {
    const stream: SpdyStream = new SpdyStream(id, headers, {
      reply: () => this.#connection.write(encode.synReply(id, this.#headersOut.write({}))),
      send: (data, fin, done) => this.#send(id, data, fin, done),
      reset: (status) => this.#connection.write(encode.reset(id, status)),
      ready: () => this.#ready(stream),
      gone: () => {
        this.#streams.delete(id);
        this.#ready(stream);
        if (this.#goneAway) this.#drain();
      },
    });
    this.#streams.set(id, stream);
    return stream;
  }

  #send(id: number, data: Buffer, fin: boolean, done: (error?: Error | null) => void): void {
    if (data.length > maxDataBytes) {
      this.#send(id, data.subarray(0, maxDataBytes), false, () => undefined);
      this.#send(id, data.subarray(maxDataBytes), fin, done);
      return;
    }
    this.#connection.cork();
    if (data.length === 0) this.#connection.write(dataHead(id, 0, fin), done);
    else {
      this.#connection.write(dataHead(id, data.length, fin));
      this.#connection.write(data, done);
    }
    this.#connection.uncork();
  }

  #receive(chunk: Buffer): void {
    try {
      for (const frame of this.#frames.push(chunk)) this.#handle(frame);
    } catch {
      // Whatever comes after a frame that makes no sense makes none either.
      this.#leave(goAwayStatus.protocolError);
    }
  }

  #handle(frame: Frame): void {
    switch (frame.type) {
      case 'synStream':
        this.#accept(frame.stream, this.#headersIn.read(frame.block), frame.fin);
        return;
      case 'synReply':
      case 'headers': {
        // Read even when the stream is gone: the next block builds on it.
        this.#headersIn.read(frame.block);
        const stream = this.#streams.get(frame.stream);
        if (frame.type === 'synReply') stream?.accepted();
        if (frame.fin) stream?.receive(undefined);
        return;
      }
      case 'data': {
        const stream = this.#streams.get(frame.stream);
        if (!stream) return;
        if (frame.data.length > 0 && !stream.receive(frame.data)) {
          this.#full.add(stream);
          this.#connection.pause();
        }
        if (frame.fin) stream.receive(undefined);
        return;
      }
      case 'reset':
        this.#streams.get(frame.stream)?.lost();
        return;
      case 'ping':
        // An answer to a ping of ours comes back with our number; we send none.
        if (frame.id % 2 !== this.#nextStream % 2) this.#connection.write(encode.ping(frame.id));
        return;
      case 'goAway':
        this.#drain();
        return;
      case 'other':
        return;
    }
  }

  #accept(id: number, headers: Headers, fin: boolean): void {
    if (this.#goneAway) return;
    const ours = id % 2 === this.#nextStream % 2;
    if (id === 0 || ours || id <= this.#lastReceived || !this.#options.onStream) {
      this.#connection.write(encode.reset(id, resetStatus.protocolError));
      return;
    }
    this.#lastReceived = id;
    const stream = this.#add(id, headers);
    if (fin) stream.receive(undefined);
    this.#options.onStream(stream);
  }

  #ready(stream: SpdyStream): void {
    if (this.#full.delete(stream) && this.#full.size === 0) this.#connection.resume();
  }
}

interface StreamLink {
  reply(): void;
  send(data: Buffer, fin: boolean, done: (error?: Error | null) => void): void;
  reset(status: number): void;
  ready(): void;
  gone(): void;
}

export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: Headers;
  readonly #link: StreamLink;
  readonly #replied = Promise.withResolvers<void>();
  #connected = true;

  constructor(id: number, headers: Headers, link: StreamLink) {
    super({ allowHalfOpen: true, autoDestroy: true, emitClose: true });
    this.id = id;
    this.headers = headers;
    this.#link = link;
    this.#replied.promise.catch(() => undefined);
    // Whoever uses the stream hears of its end by `close`, if nothing else.
    this.on('error', () => undefined);
  }

  /** Accepts a stream that the other end has begun. */
  reply(): void {
    this.#link.reply();
  }

  /** Settles when the other end has accepted or refused the stream. */
  get replied(): Promise<void> {
    return this.#replied.promise;
  }

  /** Ends the stream at once, in both directions. */
  reset(status: number = resetStatus.cancel): void {
    if (this.#connected) this.#link.reset(status);
    this.lost();
  }

  /** For the session: the other end has accepted. */
  accepted(): void {
    this.#replied.resolve();
  }

  /** For the session: bytes, or undefined for the end of them. False when they are enough for now. */
  receive(data: Buffer | undefined): boolean {
    if (this.readableEnded || this.destroyed) return true;
    return this.push(data ?? null);
  }

  /** For the session: there is nothing at the other end any more. */
  lost(): void {
    this.#connected = false;
    this.destroy();
  }

  override _read(): void {
    this.#link.ready();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#connected) this.#link.send(chunk, false, done);
    else done(new Error('the stream is closed'));
  }

  override _final(done: (error?: Error | null) => void): void {
    if (this.#connected) this.#link.send(Buffer.alloc(0), true, done);
    else done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const complete = this.readableEnded && this.writableFinished;
    if (this.#connected && !complete) this.#link.reset(resetStatus.cancel);
    this.#connected = false;
    this.#replied.reject(error ?? new Error('the stream was reset'));
    this.#link.gone();
    done(error);
  }
}
