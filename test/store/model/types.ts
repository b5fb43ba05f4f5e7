/**
 * The words of the model: requests, responses and stored versions, shaped like etcd's protocol messages.
 *
 * Bytes are text with one character a byte (latin1), which compares in byte order. Lease IDs are bigints, everything
 * else is a number. In requests every field may be left out and then has the protocol's zero value.
 */

/** One version of a key. */
export interface KeyValue {
  key: string;
  createRevision: number;
  modRevision: number;
  version: number;
  value: string;
  lease: bigint;
}

/** What a watcher is told about one change. A deletion has a `kv` with key and revision only. */
export interface Event {
  type: 'PUT' | 'DELETE';
  kv: KeyValue;
  prevKv?: KeyValue | undefined;
}

export interface Span {
  key?: string;
  rangeEnd?: string;
}

export interface RangeRequest extends Span {
  limit?: number;
  revision?: number;
  sortOrder?: 'NONE' | 'ASCEND' | 'DESCEND';
  sortTarget?: 'KEY' | 'VERSION' | 'CREATE' | 'MOD' | 'VALUE';
  serializable?: boolean;
  keysOnly?: boolean;
  countOnly?: boolean;
  minModRevision?: number;
  maxModRevision?: number;
  minCreateRevision?: number;
  maxCreateRevision?: number;
}

export interface PutRequest {
  key?: string;
  value?: string;
  lease?: bigint;
  prevKv?: boolean;
  ignoreValue?: boolean;
  ignoreLease?: boolean;
}

export interface DeleteRangeRequest extends Span {
  prevKv?: boolean;
}

export interface Compare extends Span {
  target?: 'VERSION' | 'CREATE' | 'MOD' | 'VALUE' | 'LEASE';
  result?: 'EQUAL' | 'GREATER' | 'LESS' | 'NOT_EQUAL';
  version?: number;
  createRevision?: number;
  modRevision?: number;
  value?: string;
  lease?: bigint;
}

/** One member is set. */
export interface RequestOp {
  requestRange?: RangeRequest;
  requestPut?: PutRequest;
  requestDeleteRange?: DeleteRangeRequest;
  requestTxn?: TxnRequest;
}

export interface TxnRequest {
  compare?: Compare[];
  success?: RequestOp[];
  failure?: RequestOp[];
}

export interface WatchRequest extends Span {
  startRevision?: number;
  filters?: ('NOPUT' | 'NODELETE')[];
  prevKv?: boolean;
}

/** Everything that can be asked of the store, and time passing. */
export type Request =
  | ({ kind: 'range' } & RangeRequest)
  | ({ kind: 'put' } & PutRequest)
  | ({ kind: 'deleteRange' } & DeleteRangeRequest)
  | ({ kind: 'txn' } & TxnRequest)
  | { kind: 'compact'; revision?: number; physical?: boolean }
  | { kind: 'leaseGrant'; id: bigint; ttl?: number }
  | { kind: 'leaseRevoke'; id?: bigint }
  | { kind: 'leaseKeepAlive'; id?: bigint }
  | { kind: 'leaseTimeToLive'; id?: bigint; keys?: boolean }
  | { kind: 'leaseLeases' }
  | { kind: 'advance'; ms: number };

export interface Header {
  revision: number;
}

export interface RangeResponse {
  header: Header;
  kvs: KeyValue[];
  more: boolean;
  count: number;
}

export interface PutResponse {
  header: Header;
  prevKv?: KeyValue | undefined;
}

export interface DeleteRangeResponse {
  header: Header;
  deleted: number;
  prevKvs: KeyValue[];
}

export type ResponseOp =
  | { responseRange: RangeResponse }
  | { responsePut: PutResponse }
  | { responseDeleteRange: DeleteRangeResponse }
  | { responseTxn: TxnResponse };

export interface TxnResponse {
  header: Header;
  succeeded: boolean;
  responses: ResponseOp[];
}

/** A refusal: gRPC code and etcd's text. The state is as it was. */
export interface Refusal {
  code: number;
  message: string;
}

export type Response =
  | RangeResponse
  | PutResponse
  | DeleteRangeResponse
  | TxnResponse
  | { header: Header }
  | { header: Header; id: bigint; ttl: number; error: string }
  | { header: Header; id: bigint; ttl: number }
  | { header: Header; id: bigint; ttl: number; grantedTtl: number; keys: string[] }
  | { header: Header; leases: { id: bigint }[] }
  | Refusal;

export const isRefusal = (response: Response): response is Refusal => 'message' in response;
