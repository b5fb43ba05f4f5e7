/**
 * The gRPC health service: whoever is answered is answered by a store that serves, so the server as a whole (the empty
 * service name) is always SERVING. As in etcd, the single services have no status of their own.
 *
 * Upstream: server/etcdserver/api/v3rpc/health.go, google.golang.org/grpc/health
 */
import { EtcdError, grpcCode } from '../api/etcd-errors.ts';
import type { HealthCheckRequest, HealthCheckResponse } from '../api/grpc-health.ts';
import type { Init } from '../api/protobuf.ts';
import type { Store } from './store.ts';
import type { Incoming, Outgoing } from './stream.ts';

/** Handles Check. */
export async function checkHealth(_store: Store, { service }: HealthCheckRequest): Promise<Init<HealthCheckResponse>> {
  if (service !== '') throw new EtcdError(grpcCode.notFound, 'unknown service');
  return { status: 'SERVING' };
}

/** Handles Watch: the status now, and whenever it changes, which it does not. */
export function watchHealth(out: Outgoing<Init<HealthCheckResponse>>): Incoming<HealthCheckRequest> {
  return {
    outlivesRequests: true,
    receive: ({ service }) => void out.send({ status: service === '' ? 'SERVING' : 'SERVICE_UNKNOWN' }),
    close: () => undefined,
  };
}
