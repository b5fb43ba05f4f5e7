/**
 * `minik.Store/Exchange`: many unary calls of the etcd v3 API on one bidirectional gRPC stream. An extension of our store
 * for our apiserver; a server that does not know it answers `Unimplemented`, and the client makes plain calls instead.
 *
 *     client  { calls: [{ id: 1, method: "/etcdserverpb.KV/Put", request }, { id: 2, method: "/etcdserverpb.KV/Range", request }] }
 *     server  { answers: [{ id: 2, response }] }
 *     server  { answers: [{ id: 1, code: 3, message: "etcdserver: key is not provided" }] }
 *
 * What both sides keep to:
 * - A call means what the public unary call of that method means: the same request and response messages, the same limits,
 *   the same error codes and texts, counted by the same figures. Streaming methods are not carried.
 * - Every call gets one answer, in any order. The client chooses `id`, a number below 2^53; it may be used again once it is
 *   answered.
 * - What one side has to say in one event-loop turn shares a message, and so does what piles up while the other side does not
 *   read. A message ends before `maxBatchBytes` of calls or answers, except that an answer which is longer goes alone.
 *   A call which is longer is made as a plain call, so that no limit of the stream shows.
 * - Nothing is promised about the order in which calls under way take effect. A call that is made after another was answered
 *   sees its effect.
 * - A method that is not carried is answered with code 12, a request that cannot be decoded with code 13: an error of that
 *   call alone. An id that is in use, or an envelope that cannot be decoded, ends the stream with an error (3, 13).
 * - A server takes no further calls while the client does not read its answers, or while `maxUnanswered` calls are under way.
 * - When the stream ends, calls without an answer may or may not have taken effect. When the client has ended its side, the
 *   server answers what it has and ends the stream. Deadlines are the client's: a late answer is not listened to.
 */
import type { Method } from './etcd.ts';
import { message, repeated, type TypeOf } from './protobuf.ts';

const Call = message({
  id: [1, 'uint64'],
  /** The gRPC path of a unary method. */
  method: [2, 'string'],
  request: [3, 'bytes'],
});
export type ExchangeCall = TypeOf<typeof Call>;

const Answer = message({
  id: [1, 'uint64'],
  response: [2, 'bytes'],
  /** A gRPC status code. Not 0: the call failed, for the reason that `message` gives. */
  code: [3, 'uint32'],
  message: [4, 'string'],
});
export type ExchangeAnswer = TypeOf<typeof Answer>;

export const ExchangeRequest = message({ calls: [1, repeated(Call)] });
export type ExchangeRequest = TypeOf<typeof ExchangeRequest>;
export const ExchangeResponse = message({ answers: [1, repeated(Answer)] });
export type ExchangeResponse = TypeOf<typeof ExchangeResponse>;

export const exchangeMethod: Method<ExchangeRequest, ExchangeResponse> = {
  path: '/minik.Store/Exchange',
  kind: 'bidi',
  request: ExchangeRequest,
  response: ExchangeResponse,
};

/**
 * How many bytes of calls or answers share a message. A server takes messages of its request limit and 512 KiB, whatever that
 * limit is.
 */
export const maxBatchBytes = 480 * 1024;

/** How many calls of one stream the server works on at a time. */
export const maxUnanswered = 256;

/**
 * Cuts a queue into what fits one message: as many items from `start` on as stay below `maxBatchBytes`, at least one. The
 * index after the last.
 */
export function batchEnd<T>(queue: readonly T[], start: number, bytesOf: (item: T) => number): number {
  let bytes = 0;
  let end = start;
  do bytes += bytesOf(queue[end++]!);
  while (end < queue.length && bytes + bytesOf(queue[end]!) <= maxBatchBytes);
  return end;
}
