/**
 * The headers of a gRPC answer. A call that succeeds has headers, messages, and its status in the trailers; one that fails
 * before it has sent anything has all in one block.
 *
 *     HEADERS  :status 200, content-type application/grpc      HEADERS  :status 200, content-type application/grpc,
 *     DATA     00 00 00 00 02 ...                                       grpc-status 5, grpc-message etcdserver: ...
 *     HEADERS  grpc-status 0
 *
 * Upstream: grpc/doc/PROTOCOL-HTTP2.md
 */
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';
import { encodeHeaders } from './http2/hpack-encoder.ts';

/** Longer texts are cut: clients limit the headers they accept. */
const maxMessageBytes = 4 * 1024;

const headersWith = (status: number): Buffer =>
  encodeHeaders([
    [':status', String(status)],
    ['content-type', 'application/grpc'],
  ]);

/** What an answer with messages begins with. */
export const responseHeaders = headersWith(200);

/** The end of a call that succeeded. */
export const okTrailers = encodeHeaders([['grpc-status', '0']]);

/** The end of a call that failed. Whatever is not an EtcdError is a mistake of ours. */
export function errorTrailers(error: unknown): Buffer {
  const code = error instanceof EtcdError ? error.code : grpcCode.internal;
  return encodeHeaders([
    ['grpc-status', String(code)],
    ['grpc-message', percentEncode((error as Error).message)],
  ]);
}

/** The whole answer of a call that failed before it began, with a HTTP status other than 200 where gRPC has one. */
export const errorOnly = (error: EtcdError, httpStatus = 200): Buffer =>
  Buffer.concat([headersWith(httpStatus), errorTrailers(error)]);

/** Says which encodings of requests there are. */
export const acceptedEncodings = encodeHeaders([['grpc-accept-encoding', 'identity']]);

/** Printable ASCII stays, but for the percent sign. */
function percentEncode(message: string): string {
  const bytes = Buffer.from(message).subarray(0, maxMessageBytes);
  return bytes.toString('latin1').replace(/[^ -$&-~]|^ | $/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

const unitMs: { [unit: string]: number } = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 };

/** `grpc-timeout` in milliseconds: `100m`. Undefined when it is malformed. */
export function parseTimeout(text: string): number | undefined {
  const [, digits, unit] = /^(\d{1,8})([HMSmun])$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * unitMs[unit!]!;
}
