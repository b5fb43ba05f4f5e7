/** Requests of the benchmark, as encoded messages. */
import { PutRequest, RangeRequest, TxnRequest } from '../../api/etcd.ts';
import { messagePrefix } from '../../store/grpc-message.ts';

const prefix = '/registry/bench/';

/** Keys are of the length that object keys of a cluster have. */
export const keyOf = (index: number): string => `${prefix}default/object-${String(index).padStart(8, '0')}`;

/** A value of some size. It cannot be compressed to nothing: LevelDB and file systems would notice. */
export function valueOfSize(bytes: number, seed = 1): Buffer {
  const value = Buffer.allocUnsafe(bytes);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < bytes; i++) {
    // xorshift32
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    value[i] = 32 + ((state >>> 0) % 95);
  }
  return value;
}

export const putOf = (index: number, value: Buffer): Buffer => PutRequest.encode({ key: keyOf(index), value });

export const rangeOf = (index: number): Buffer => RangeRequest.encode({ key: keyOf(index) });

/** A guarded update as Kubernetes makes it, with a guard that always holds once the key exists. */
export const guardedPutOf = (index: number, value: Buffer): Buffer =>
  TxnRequest.encode({
    compare: [{ target: 'MOD', result: 'GREATER', key: keyOf(index), modRevision: 0 }],
    success: [{ requestPut: { key: keyOf(index), value } }],
    failure: [{ requestRange: { key: keyOf(index) } }],
  });

/** The message behind gRPC's prefix. */
export const grpcFrame = (message: Buffer): Buffer => Buffer.concat([messagePrefix(message), message]);
