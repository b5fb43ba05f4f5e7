/**
 * The etcd v3 API as tables: messages, and the methods with their gRPC paths. Field names are the protocol's in camel
 * case. Lease, member and cluster identifiers are bigints, revisions and counts are numbers.
 *
 * Upstream: api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto
 */
import { enumOf, type Message, message, repeated, type TypeOf } from './protobuf.ts';

export const KeyValue = message({
  key: [1, 'bytes'],
  createRevision: [2, 'int64'],
  modRevision: [3, 'int64'],
  version: [4, 'int64'],
  value: [5, 'bytes'],
  lease: [6, 'bigint64'],
});
export type KeyValue = TypeOf<typeof KeyValue>;

export const Event = message({
  type: [1, enumOf('PUT', 'DELETE')],
  kv: [2, KeyValue],
  prevKv: [3, KeyValue],
});
export type Event = TypeOf<typeof Event>;

export const ResponseHeader = message({
  clusterId: [1, 'biguint64'],
  memberId: [2, 'biguint64'],
  revision: [3, 'int64'],
  raftTerm: [4, 'uint64'],
});
export type ResponseHeader = TypeOf<typeof ResponseHeader>;

export const RangeRequest = message({
  key: [1, 'bytes'],
  /** Absent: the key alone. One zero byte: every key from `key` on. Otherwise the first key that is not wanted. */
  rangeEnd: [2, 'bytes'],
  limit: [3, 'int64'],
  revision: [4, 'int64'],
  sortOrder: [5, enumOf('NONE', 'ASCEND', 'DESCEND')],
  sortTarget: [6, enumOf('KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE')],
  serializable: [7, 'bool'],
  keysOnly: [8, 'bool'],
  countOnly: [9, 'bool'],
  minModRevision: [10, 'int64'],
  maxModRevision: [11, 'int64'],
  minCreateRevision: [12, 'int64'],
  maxCreateRevision: [13, 'int64'],
});
export type RangeRequest = TypeOf<typeof RangeRequest>;

export const RangeResponse = message({
  header: [1, ResponseHeader],
  kvs: [2, repeated(KeyValue)],
  more: [3, 'bool'],
  count: [4, 'int64'],
});
export type RangeResponse = TypeOf<typeof RangeResponse>;

export const PutRequest = message({
  key: [1, 'bytes'],
  value: [2, 'bytes'],
  lease: [3, 'bigint64'],
  prevKv: [4, 'bool'],
  ignoreValue: [5, 'bool'],
  ignoreLease: [6, 'bool'],
});
export type PutRequest = TypeOf<typeof PutRequest>;

export const PutResponse = message({ header: [1, ResponseHeader], prevKv: [2, KeyValue] });
export type PutResponse = TypeOf<typeof PutResponse>;

export const DeleteRangeRequest = message({ key: [1, 'bytes'], rangeEnd: [2, 'bytes'], prevKv: [3, 'bool'] });
export type DeleteRangeRequest = TypeOf<typeof DeleteRangeRequest>;

export const DeleteRangeResponse = message({
  header: [1, ResponseHeader],
  deleted: [2, 'int64'],
  prevKvs: [3, repeated(KeyValue)],
});
export type DeleteRangeResponse = TypeOf<typeof DeleteRangeResponse>;

export const Compare = message(
  {
    result: [1, enumOf('EQUAL', 'GREATER', 'LESS', 'NOT_EQUAL')],
    target: [2, enumOf('VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE')],
    key: [3, 'bytes'],
    version: [4, 'int64'],
    createRevision: [5, 'int64'],
    modRevision: [6, 'int64'],
    value: [7, 'bytes'],
    lease: [8, 'bigint64'],
    rangeEnd: [64, 'bytes'],
  },
  { oneof: ['version', 'createRevision', 'modRevision', 'value', 'lease'] },
);
export type Compare = TypeOf<typeof Compare>;

// The types of the messages that contain each other are written out: inference cannot follow a circle.
/** At most one member is set. */
export interface RequestOp {
  requestRange: RangeRequest | undefined;
  requestPut: PutRequest | undefined;
  requestDeleteRange: DeleteRangeRequest | undefined;
  requestTxn: TxnRequest | undefined;
}
export interface TxnRequest {
  compare: Compare[];
  success: RequestOp[];
  failure: RequestOp[];
}
/** One member is set, the one that matches the request. */
export interface ResponseOp {
  responseRange: RangeResponse | undefined;
  responsePut: PutResponse | undefined;
  responseDeleteRange: DeleteRangeResponse | undefined;
  responseTxn: TxnResponse | undefined;
}
export interface TxnResponse {
  header: ResponseHeader | undefined;
  succeeded: boolean;
  responses: ResponseOp[];
}

export const RequestOp: Message<RequestOp> = message(
  {
    requestRange: [1, RangeRequest],
    requestPut: [2, PutRequest],
    requestDeleteRange: [3, DeleteRangeRequest],
    requestTxn: [4, (): Message<TxnRequest> => TxnRequest],
  },
  { oneof: ['requestRange', 'requestPut', 'requestDeleteRange', 'requestTxn'] },
);
export const TxnRequest: Message<TxnRequest> = message({
  compare: [1, repeated(Compare)],
  success: [2, repeated(RequestOp)],
  failure: [3, repeated(RequestOp)],
});
export const ResponseOp: Message<ResponseOp> = message(
  {
    responseRange: [1, RangeResponse],
    responsePut: [2, PutResponse],
    responseDeleteRange: [3, DeleteRangeResponse],
    responseTxn: [4, (): Message<TxnResponse> => TxnResponse],
  },
  { oneof: ['responseRange', 'responsePut', 'responseDeleteRange', 'responseTxn'] },
);
export const TxnResponse: Message<TxnResponse> = message({
  header: [1, ResponseHeader],
  succeeded: [2, 'bool'],
  responses: [3, repeated(ResponseOp)],
});

export const CompactionRequest = message({ revision: [1, 'int64'], physical: [2, 'bool'] });
export type CompactionRequest = TypeOf<typeof CompactionRequest>;
export const CompactionResponse = message({ header: [1, ResponseHeader] });

export const WatchCreateRequest = message({
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  startRevision: [3, 'int64'],
  progressNotify: [4, 'bool'],
  filters: [5, repeated(enumOf('NOPUT', 'NODELETE'))],
  prevKv: [6, 'bool'],
  watchId: [7, 'int64'],
  fragment: [8, 'bool'],
});
export type WatchCreateRequest = TypeOf<typeof WatchCreateRequest>;

/** At most one member is set. */
export const WatchRequest = message(
  {
    createRequest: [1, WatchCreateRequest],
    cancelRequest: [2, message({ watchId: [1, 'int64'] })],
    progressRequest: [3, message({})],
  },
  { oneof: ['createRequest', 'cancelRequest', 'progressRequest'] },
);
export type WatchRequest = TypeOf<typeof WatchRequest>;

export const WatchResponse = message({
  header: [1, ResponseHeader],
  watchId: [2, 'int64'],
  created: [3, 'bool'],
  canceled: [4, 'bool'],
  compactRevision: [5, 'int64'],
  cancelReason: [6, 'string'],
  fragment: [7, 'bool'],
  events: [11, repeated(Event)],
});
export type WatchResponse = TypeOf<typeof WatchResponse>;

export const LeaseGrantRequest = message({ ttl: [1, 'int64'], id: [2, 'bigint64'] });
export const LeaseGrantResponse = message({
  header: [1, ResponseHeader],
  id: [2, 'bigint64'],
  ttl: [3, 'int64'],
  error: [4, 'string'],
});
export const LeaseRevokeRequest = message({ id: [1, 'bigint64'] });
export const LeaseRevokeResponse = message({ header: [1, ResponseHeader] });
export const LeaseKeepAliveRequest = message({ id: [1, 'bigint64'] });
export const LeaseKeepAliveResponse = message({ header: [1, ResponseHeader], id: [2, 'bigint64'], ttl: [3, 'int64'] });
export const LeaseTimeToLiveRequest = message({ id: [1, 'bigint64'], keys: [2, 'bool'] });
export const LeaseTimeToLiveResponse = message({
  header: [1, ResponseHeader],
  id: [2, 'bigint64'],
  ttl: [3, 'int64'],
  grantedTtl: [4, 'int64'],
  keys: [5, repeated('bytes')],
});
export const LeaseLeasesRequest = message({});
export const LeaseLeasesResponse = message({
  header: [1, ResponseHeader],
  leases: [2, repeated(message({ id: [1, 'bigint64'] }))],
});

export const StatusRequest = message({});
export const StatusResponse = message({
  header: [1, ResponseHeader],
  version: [2, 'string'],
  dbSize: [3, 'int64'],
  leader: [4, 'biguint64'],
  raftIndex: [5, 'uint64'],
  raftTerm: [6, 'uint64'],
  raftAppliedIndex: [7, 'uint64'],
  errors: [8, repeated('string')],
  dbSizeInUse: [9, 'int64'],
  isLearner: [10, 'bool'],
  storageVersion: [11, 'string'],
  dbSizeQuota: [12, 'int64'],
});

export const Member = message({
  id: [1, 'biguint64'],
  name: [2, 'string'],
  peerUrls: [3, repeated('string')],
  clientUrls: [4, repeated('string')],
  isLearner: [5, 'bool'],
});
export const MemberListRequest = message({ linearizable: [1, 'bool'] });
export const MemberListResponse = message({ header: [1, ResponseHeader], members: [2, repeated(Member)] });

/** One RPC: its gRPC path, whether each side sends one message or many, and the codecs. */
export interface Method<Request, Response> {
  path: string;
  kind: 'unary' | 'bidi';
  request: Message<Request>;
  response: Message<Response>;
}

/** A method of one of etcd's services: one request, one response. */
export function unary<Q, R>(service: string, name: string, request: Message<Q>, response: Message<R>): Method<Q, R> {
  return { path: `/etcdserverpb.${service}/${name}`, kind: 'unary', request, response };
}
/** A method with a stream each way. */
export function bidi<Q, R>(service: string, name: string, request: Message<Q>, response: Message<R>): Method<Q, R> {
  return { path: `/etcdserverpb.${service}/${name}`, kind: 'bidi', request, response };
}

export const methods = {
  range: unary('KV', 'Range', RangeRequest, RangeResponse),
  put: unary('KV', 'Put', PutRequest, PutResponse),
  deleteRange: unary('KV', 'DeleteRange', DeleteRangeRequest, DeleteRangeResponse),
  txn: unary('KV', 'Txn', TxnRequest, TxnResponse),
  compact: unary('KV', 'Compact', CompactionRequest, CompactionResponse),
  watch: bidi('Watch', 'Watch', WatchRequest, WatchResponse),
  leaseGrant: unary('Lease', 'LeaseGrant', LeaseGrantRequest, LeaseGrantResponse),
  leaseRevoke: unary('Lease', 'LeaseRevoke', LeaseRevokeRequest, LeaseRevokeResponse),
  leaseKeepAlive: bidi('Lease', 'LeaseKeepAlive', LeaseKeepAliveRequest, LeaseKeepAliveResponse),
  leaseTimeToLive: unary('Lease', 'LeaseTimeToLive', LeaseTimeToLiveRequest, LeaseTimeToLiveResponse),
  leaseLeases: unary('Lease', 'LeaseLeases', LeaseLeasesRequest, LeaseLeasesResponse),
  status: unary('Maintenance', 'Status', StatusRequest, StatusResponse),
  memberList: unary('Cluster', 'MemberList', MemberListRequest, MemberListResponse),
} as const;

/**
 * The `rangeEnd` that selects every key with a prefix: the prefix with its last byte that is not 0xff increased.
 * `/registry/pods/` gives `/registry/pods0`; a prefix of nothing but 0xff gives one zero byte: every key from it on.
 */
export function prefixEnd(prefix: Uint8Array | string): Buffer {
  const end = Buffer.from(prefix as string);
  for (let i = end.length - 1; i >= 0; i--) {
    if (end[i]! < 0xff) {
      end[i]!++;
      return end.subarray(0, i + 1);
    }
  }
  return Buffer.from([0]);
}
