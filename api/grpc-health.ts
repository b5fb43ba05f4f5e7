/**
 * The health protocol that every gRPC server may speak, as tables like those of `etcd.ts`. The empty service name asks
 * about the server as a whole.
 *
 * Upstream: grpc/grpc, src/proto/grpc/health/v1/health.proto
 */
import type { Method } from './etcd.ts';
import { enumOf, message, type TypeOf } from './protobuf.ts';

export const HealthCheckRequest = message({ service: [1, 'string'] });
export type HealthCheckRequest = TypeOf<typeof HealthCheckRequest>;
export const HealthCheckResponse = message({
  status: [1, enumOf('UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN')],
});
export type HealthCheckResponse = TypeOf<typeof HealthCheckResponse>;

const service = { request: HealthCheckRequest, response: HealthCheckResponse };

export const healthMethods = {
  check: { path: '/grpc.health.v1.Health/Check', kind: 'unary', ...service },
  // One request, many responses.
  watch: { path: '/grpc.health.v1.Health/Watch', kind: 'bidi', ...service },
} as const satisfies Record<string, Method<HealthCheckRequest, HealthCheckResponse>>;
