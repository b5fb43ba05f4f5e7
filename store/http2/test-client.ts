/**
 * A client for tests that sends any bytes: well-formed frames, malformed ones, or none. It acknowledges nothing and
 * updates no window by itself, so that a test says all that is sent.
 */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { encodeFrame, FrameReader, frameFlag, frameType, preface, uint32 } from './frame.ts';
import { HpackDecoder } from './hpack-decoder.ts';
import { encodeHeaders } from './hpack-encoder.ts';

export interface Frame {
  type: number;
  flags: number;
  streamId: number;
  payload: Buffer;
}

type Fields = [name: string, value: string][];

/** What a server answered on one stream. */
export interface Answer {
  /** Headers and trailers together. */
  fields: { [name: string]: string };
  messages: string[];
  /** The code of RST_STREAM, if there was one. */
  reset: number | undefined;
}

/** The headers of a call as gRPC clients send them. */
export const callHeaders = (path: string, more: Fields = []): Fields => [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', path],
  [':authority', '/some/socket'],
  ['content-type', 'application/grpc'],
  ['te', 'trailers'],
  ...more,
];

/** A message with gRPC's prefix. */
export function grpcMessage(text: string | Buffer): Buffer {
  const body = Buffer.from(text);
  const bytes = Buffer.alloc(5 + body.length);
  bytes.writeUInt32BE(body.length, 1);
  body.copy(bytes, 5);
  return bytes;
}

/** One value of SETTINGS. */
export const settingBytes = (id: number, value: number): Buffer => Buffer.concat([Buffer.of(0, id), uint32(value)]);

export class TestClient {
  readonly socket: Socket;
  /** Everything that arrived. */
  readonly frames: Frame[] = [];
  /** What arrived as it is, for answers that are not HTTP/2. */
  text = '';
  isClosed = false;
  readonly #decoder = new HpackDecoder();
  #changed: () => void = () => undefined;

  constructor(address: NetConnectOpts) {
    this.socket = connect(address);
    const reader = new FrameReader(2 ** 24, (type, flags, streamId, bytes, start, end) => {
      this.frames.push({ type, flags, streamId, payload: bytes.subarray(start, end) });
    });
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1', 0, 1024);
      if (!this.text.startsWith('HTTP/1')) reader.push(chunk);
      this.#changed();
    });
    // The server may close at any time.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.isClosed = true;
      this.#changed();
    });
  }

  /** Sends the preface and SETTINGS. */
  begin(settings: Uint8Array = new Uint8Array()): this {
    this.socket.write(preface);
    return this.send(frameType.settings, 0, 0, settings);
  }

  send(type: number, flags: number, streamId: number, payload: Uint8Array = new Uint8Array()): this {
    this.socket.write(encodeFrame(type, flags, streamId, payload));
    return this;
  }

  headers(streamId: number, fields: Fields, flags: number = frameFlag.endHeaders): this {
    return this.send(frameType.headers, flags, streamId, encodeHeaders(fields));
  }

  /** A whole unary call. */
  call(streamId: number, path: string, message: string | Buffer, more: Fields = []): this {
    this.headers(streamId, callHeaders(path, more));
    return this.send(frameType.data, frameFlag.endStream, streamId, grpcMessage(message));
  }

  /** Waits until `probe` finds something in what arrived. Fails when the connection closes before. */
  async until<T>(what: string, probe: () => T | undefined): Promise<T> {
    for (;;) {
      const found = probe();
      if (found !== undefined) return found;
      if (this.isClosed) throw new Error(`the connection is closed before ${what}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  find(type: number, streamId: number): Frame | undefined {
    return this.frames.find((frame) => frame.type === type && frame.streamId === streamId);
  }

  /** The answer on a stream, once it has ended. */
  async answer(streamId: number): Promise<Answer> {
    const isEnd = ({ type, flags, streamId: id }: Frame): boolean =>
      id === streamId &&
      (type === frameType.rstStream || (type === frameType.headers && (flags & frameFlag.endStream) !== 0));
    await this.until(`an answer on stream ${streamId}`, () => this.frames.find(isEnd));
    const frames = this.frames.filter((frame) => frame.streamId === streamId);
    const fields = frames
      .filter(({ type }) => type === frameType.headers)
      .flatMap(({ payload }) => this.#decoder.decode(payload, 0, payload.length) ?? []);
    const body = Buffer.concat(frames.filter(({ type }) => type === frameType.data).map(({ payload }) => payload));
    return {
      fields: Object.fromEntries(fields.map(({ name, value }) => [name, value])),
      messages: splitMessages(body),
      reset: frames.find(({ type }) => type === frameType.rstStream)?.payload.readUInt32BE(0),
    };
  }

  /** The code and text of the server's GOAWAY. Fails when the connection ends without one. */
  async goAway(): Promise<{ code: number; message: string }> {
    const { payload } = await this.until('GOAWAY', () => this.find(frameType.goaway, 0));
    return { code: payload.readUInt32BE(4), message: payload.toString('utf8', 8) };
  }

  /** Resolves once the server has answered a PING: it has seen all that was sent before. */
  async seen(): Promise<void> {
    const payload = Buffer.from(`ping ${this.frames.length}`.padEnd(8).slice(0, 8));
    this.send(frameType.ping, 0, 0, payload);
    const isAnswer = ({ type, payload: answer }: Frame): boolean => type === frameType.ping && answer.equals(payload);
    await this.until('an answer to PING', () => this.frames.find(isAnswer));
  }

  close(): void {
    this.socket.destroy();
  }
}

function splitMessages(body: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < body.length; ) {
    const end = at + 5 + body.readUInt32BE(at + 1);
    messages.push(body.toString('utf8', at + 5, end));
    at = end;
  }
  return messages;
}
