/**
 * The errors of the etcd v3 API: gRPC code and text exactly as etcd answers them, because clients compare the texts.
 *
 * Upstream: api/v3rpc/rpctypes/error.go
 */

/** gRPC status codes that appear in etcd's API. */
export const grpcCode = {
  canceled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
} as const;

/** A failed call: the gRPC code and the server's text. */
export class EtcdError extends Error {
  override readonly name: string = 'EtcdError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const error = (code: number, message: string) => (): EtcdError => new EtcdError(code, message);

export const etcdErrors = {
  emptyKey: error(grpcCode.invalidArgument, 'etcdserver: key is not provided'),
  keyNotFound: error(grpcCode.invalidArgument, 'etcdserver: key not found'),
  valueProvided: error(grpcCode.invalidArgument, 'etcdserver: value is provided'),
  leaseProvided: error(grpcCode.invalidArgument, 'etcdserver: lease is provided'),
  tooManyOps: error(grpcCode.invalidArgument, 'etcdserver: too many operations in txn request'),
  duplicateKey: error(grpcCode.invalidArgument, 'etcdserver: duplicate key given in txn request'),
  compacted: error(grpcCode.outOfRange, 'etcdserver: mvcc: required revision has been compacted'),
  futureRevision: error(grpcCode.outOfRange, 'etcdserver: mvcc: required revision is a future revision'),
  noSpace: error(grpcCode.resourceExhausted, 'etcdserver: mvcc: database space exceeded'),
  leaseNotFound: error(grpcCode.notFound, 'etcdserver: requested lease not found'),
  leaseExists: error(grpcCode.failedPrecondition, 'etcdserver: lease already exists'),
  leaseTtlTooLarge: error(grpcCode.outOfRange, 'etcdserver: too large lease TTL'),
  corrupt: error(grpcCode.dataLoss, 'etcdserver: corrupt cluster'),
  requestTooLarge: error(grpcCode.invalidArgument, 'etcdserver: request is too large'),
} as const;

/** Whether `thrown` is that error of the catalogue: `isEtcdError(thrown, 'compacted')`. */
export function isEtcdError(thrown: unknown, name: keyof typeof etcdErrors): boolean {
  if (!(thrown instanceof EtcdError)) return false;
  const known = etcdErrors[name]();
  return thrown.code === known.code && thrown.message === known.message;
}
