/**
 * A gRPC client that costs next to nothing, so that the server is what is measured: HTTP/2 frames on a plain socket, fixed
 * request headers, response headers that are not even decoded. The same code drives every server.
 *
 * - A unary call resolves with the message's bytes and rejects when the stream ended without one, which is how gRPC fails.
 * - A bidirectional stream hands over each message as it arrives.
 * - Requests must fit into one frame (16 KiB). Windows for answers are so large that flow control never holds them up.
 *
 * Upstream: RFC 9113, RFC 7541, https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
import { connect, type Socket } from 'node:net';

const frameType = { data: 0, headers: 1, rstStream: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 } as const;
const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;
const frameHeaderSize = 9;
const grpcPrefixSize = 5;
const maxFrameSize = 16 * 1024;
const largestWindow = 2 ** 31 - 1;
const initialWindow = 65_535;
/** Bytes received before the connection's window is opened again. */
const windowStep = 2 ** 28;

interface Stream {
  /** Bytes of a message that has not arrived in full. */
  rest: Buffer | undefined;
  message(bytes: Buffer): void;
  /** The server ended it. */
  end(): void;
  fail(error: Error): void;
}

export class Http2Client {
  readonly #socket: Socket;
  readonly #streams = new Map<number, Stream>();
  readonly #headers = new Map<string, Buffer>();
  readonly #authority: string;
  #nextStream = 1;
  #outgoing: Buffer[] = [];
  /** What may be sent before the server opens the connection's window further. */
  #window = initialWindow;
  #blocked: { bytes: Buffer; size: number }[] = [];
  #received: Buffer | undefined;
  #receivedBytes = 0;

  private constructor(socket: Socket, authority: string) {
    this.#socket = socket;
    this.#authority = authority;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the server closed the connection')));
    const settings = Buffer.alloc(6);
    settings.writeUInt16BE(4);
    settings.writeUInt32BE(largestWindow, 2);
    this.#send(Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1'));
    this.#send(frame(frameType.settings, 0, 0, settings));
    this.#openWindow(largestWindow - initialWindow);
  }

  /** Resolves once connected. `endpoint` is `http://host:port`. */
  static connect(endpoint: string): Promise<Http2Client> {
    const { hostname, port, host } = new URL(endpoint);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Http2Client(socket, host));
      });
    });
  }

  /** A unary call with an encoded message. */
  call(path: string, request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let answer: Buffer | undefined;
      this.#open(path, flag.endStream, request, {
        rest: undefined,
        message: (bytes) => {
          answer = bytes;
        },
        end: () => (answer ? resolve(answer) : reject(new Error(`${path} was refused`))),
        fail: reject,
      });
    });
  }

  /** A bidirectional stream that sends one message and then only listens. */
  stream(path: string, request: Buffer, message: (bytes: Buffer) => void, fail: (error: Error) => void): void {
    const end = (): void => fail(new Error(`${path} ended`));
    this.#open(path, 0, request, { rest: undefined, message, end, fail });
  }

  close(): void {
    this.#streams.clear();
    this.#socket.destroy();
  }

  #open(path: string, endStream: number, request: Buffer, stream: Stream): void {
    const size = grpcPrefixSize + request.length;
    if (size > maxFrameSize) throw new Error(`a request of ${size} bytes does not fit into one frame`);
    const id = this.#nextStream;
    this.#nextStream += 2;
    this.#streams.set(id, stream);
    const headers = this.#headersOf(path);
    const bytes = Buffer.allocUnsafe(2 * frameHeaderSize + headers.length + size);
    writeFrameHeader(bytes, 0, headers.length, frameType.headers, flag.endHeaders, id);
    bytes.set(headers, frameHeaderSize);
    const data = frameHeaderSize + headers.length;
    writeFrameHeader(bytes, data, size, frameType.data, endStream, id);
    bytes[data + frameHeaderSize] = 0;
    bytes.writeUInt32BE(request.length, data + frameHeaderSize + 1);
    bytes.set(request, data + frameHeaderSize + grpcPrefixSize);
    if (this.#blocked.length > 0 || size > this.#window) this.#blocked.push({ bytes, size });
    else this.#sendRequest(bytes, size);
  }

  #headersOf(path: string): Buffer {
    const known = this.#headers.get(path);
    if (known) return known;
    const headers = encodeHeaders(path, this.#authority);
    this.#headers.set(path, headers);
    return headers;
  }

  /** `size` is what counts for the window: the data. */
  #sendRequest(bytes: Buffer, size: number): void {
    this.#window -= size;
    this.#send(bytes);
  }

  /** What is sent in one turn leaves in one write. */
  #send(bytes: Buffer): void {
    if (this.#outgoing.push(bytes) > 1) return;
    queueMicrotask(() => {
      const outgoing = this.#outgoing;
      this.#outgoing = [];
      if (!this.#socket.destroyed) this.#socket.write(outgoing.length === 1 ? outgoing[0]! : Buffer.concat(outgoing));
    });
  }

  #openWindow(increment: number): void {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(increment);
    this.#send(frame(frameType.windowUpdate, 0, 0, payload));
  }

  #read(chunk: Buffer): void {
    this.#receivedBytes += chunk.length;
    if (this.#receivedBytes > windowStep) {
      this.#openWindow(this.#receivedBytes);
      this.#receivedBytes = 0;
    }
    const bytes = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    let at = 0;
    while (bytes.length - at >= frameHeaderSize) {
      const end = at + frameHeaderSize + bytes.readUIntBE(at, 3);
      if (bytes.length < end) break;
      this.#frame(
        bytes[at + 3]!,
        bytes[at + 4]!,
        bytes.readUInt32BE(at + 5),
        bytes.subarray(at + frameHeaderSize, end),
      );
      at = end;
    }
    this.#received = at < bytes.length ? bytes.subarray(at) : undefined;
  }

  #frame(type: number, flags: number, id: number, payload: Buffer): void {
    if (type === frameType.data) {
      if (flags & flag.padded) throw new Error('a padded frame');
      const stream = this.#streams.get(id);
      if (stream) messages(stream, payload);
      if (flags & flag.endStream) this.#end(id);
    } else if (type === frameType.headers) {
      if (flags & flag.endStream) this.#end(id);
    } else if (type === frameType.windowUpdate) {
      if (id === 0) this.#unblock(payload.readUInt32BE());
    } else if (type === frameType.settings) {
      if (!(flags & flag.ack)) this.#send(frame(frameType.settings, flag.ack, 0, Buffer.alloc(0)));
    } else if (type === frameType.ping) {
      if (!(flags & flag.ack)) this.#send(frame(frameType.ping, flag.ack, 0, payload));
    } else if (type === frameType.rstStream) {
      const stream = this.#streams.get(id);
      this.#streams.delete(id);
      stream?.fail(new Error(`the server reset a stream with code ${payload.readUInt32BE()}`));
    } else if (type === frameType.goaway) this.#fail(new Error('the server is going away'));
  }

  #end(id: number): void {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    stream?.end();
  }

  #unblock(increment: number): void {
    this.#window += increment;
    while (this.#blocked.length > 0 && this.#window >= this.#blocked[0]!.size) {
      const { bytes, size } = this.#blocked.shift()!;
      this.#sendRequest(bytes, size);
    }
  }

  #fail(error: Error): void {
    for (const stream of this.#streams.values()) stream.fail(error);
    this.#streams.clear();
    this.#socket.destroy();
  }
}

/** Hands over the messages that are complete with this payload. */
function messages(stream: Stream, payload: Buffer): void {
  const bytes = stream.rest ? Buffer.concat([stream.rest, payload]) : payload;
  let at = 0;
  while (bytes.length - at >= grpcPrefixSize) {
    const end = at + grpcPrefixSize + bytes.readUInt32BE(at + 1);
    if (bytes.length < end) break;
    stream.message(bytes.subarray(at + grpcPrefixSize, end));
    at = end;
  }
  stream.rest = at < bytes.length ? bytes.subarray(at) : undefined;
}

function writeFrameHeader(out: Buffer, at: number, length: number, type: number, flags: number, stream: number): void {
  out.writeUIntBE(length, at, 3);
  out[at + 3] = type;
  out[at + 4] = flags;
  out.writeUInt32BE(stream, at + 5);
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(frameHeaderSize + payload.length);
  writeFrameHeader(bytes, 0, payload.length, type, flags, stream);
  bytes.set(payload, frameHeaderSize);
  return bytes;
}

/** HPACK without its dynamic table: indexed fields (POST, http) and literals that are not indexed. */
function encodeHeaders(path: string, authority: string): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')]);
  return Buffer.concat([
    Buffer.of(0x83, 0x86, 0x04),
    text(path),
    Buffer.of(0x01),
    text(authority),
    Buffer.of(0x0f, 0x10),
    text('application/grpc'),
    Buffer.of(0x00),
    text('te'),
    text('trailers'),
  ]);
}
