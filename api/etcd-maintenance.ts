/**
 * The operators' half of the etcd v3 API as tables: alarms, snapshots, hashes, defragmentation. The rest, and how the
 * tables are to be read, is in `etcd.ts`.
 *
 * Upstream: api/etcdserverpb/rpc.proto (service Maintenance)
 */
import { bidi, ResponseHeader, unary } from './etcd.ts';
import { enumOf, message, repeated, type TypeOf } from './protobuf.ts';

const alarmType = enumOf('NONE', 'NOSPACE', 'CORRUPT');

export const AlarmRequest = message({
  action: [1, enumOf('GET', 'ACTIVATE', 'DEACTIVATE')],
  /** 0: whichever member. */
  memberId: [2, 'biguint64'],
  /** NONE: whichever alarm. */
  alarm: [3, alarmType],
});
export type AlarmRequest = TypeOf<typeof AlarmRequest>;
export const AlarmMember = message({ memberId: [1, 'biguint64'], alarm: [2, alarmType] });
export type AlarmMember = TypeOf<typeof AlarmMember>;
export const AlarmResponse = message({ header: [1, ResponseHeader], alarms: [2, repeated(AlarmMember)] });
export type AlarmResponse = TypeOf<typeof AlarmResponse>;

export const DefragmentRequest = message({});
export const DefragmentResponse = message({ header: [1, ResponseHeader] });

export const HashRequest = message({});
export const HashResponse = message({ header: [1, ResponseHeader], hash: [2, 'uint32'] });
export type HashResponse = TypeOf<typeof HashResponse>;

/** A revision of 0 stands for the current one. */
export const HashKVRequest = message({ revision: [1, 'int64'] });
export type HashKVRequest = TypeOf<typeof HashKVRequest>;
export const HashKVResponse = message({
  header: [1, ResponseHeader],
  hash: [2, 'uint32'],
  compactRevision: [3, 'int64'],
  hashRevision: [4, 'int64'],
});
export type HashKVResponse = TypeOf<typeof HashKVResponse>;

export const SnapshotRequest = message({});
export const SnapshotResponse = message({
  header: [1, ResponseHeader],
  /** What comes after this blob, without the checksum of 32 bytes that ends the stream. */
  remainingBytes: [2, 'uint64'],
  blob: [3, 'bytes'],
  version: [4, 'string'],
});
export type SnapshotResponse = TypeOf<typeof SnapshotResponse>;

export const maintenanceMethods = {
  alarm: unary('Maintenance', 'Alarm', AlarmRequest, AlarmResponse),
  defragment: unary('Maintenance', 'Defragment', DefragmentRequest, DefragmentResponse),
  hash: unary('Maintenance', 'Hash', HashRequest, HashResponse),
  hashKv: unary('Maintenance', 'HashKV', HashKVRequest, HashKVResponse),
  // One request, many responses: on the wire a stream both ways whose client says one thing.
  snapshot: bidi('Maintenance', 'Snapshot', SnapshotRequest, SnapshotResponse),
} as const;
