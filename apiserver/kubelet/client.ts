/**
 * How the apiserver reaches the kubelet of a node: HTTPS to the node's internal address, with the apiserver's client
 * certificate, verifying the kubelet's against the cluster's CA.
 *
 * Upstream: pkg/kubelet/client/kubelet_client.go
 */
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { ApiError, badRequest, internalError, notFound } from '../../api/errors.ts';
import type { Node } from '../../api/types.ts';
import type { Registry } from '../registry/registry.ts';
import { isLocalAddress } from './local-address.ts';

export interface KubeletAddress {
  host: string;
  port: number;
}

const defaultPort = 10250;

/** Where the kubelet of a node listens. */
export function kubeletAddress(registry: Registry, nodeName: string): KubeletAddress {
  const nodes = registry.resources.must('', 'nodes');
  const entry = nodes.cache.get(nodeName);
  if (!entry) throw notFound(nodes.kind, nodeName);
  const { status } = entry.object as Node;
  const host = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  if (!host)
    throw internalError(`no preferred addresses found; known addresses: ${JSON.stringify(status?.addresses ?? [])}`);
  return { host, port: status?.daemonEndpoints?.kubeletEndpoint?.Port || defaultPort };
}

/** Opens a request to a kubelet; the caller sends it with `end()`. Throws when the node cannot be reached from here. */
export async function requestKubelet(
  { kubelet }: Registry,
  { host, port }: KubeletAddress,
  path: string,
  headers: OutgoingHttpHeaders,
  signal: AbortSignal,
  method = 'GET',
): Promise<ClientRequest> {
  if (!(await isLocalAddress(host))) throw dialError({ host, port }, 'connect: no route to host');
  const { cert, key, ca, timeoutMs } = kubelet;
  const request = httpsRequest({ host, port, path, method, headers, cert, key, ca, signal, agent: false });
  const timer = setTimeout(() => request.destroy(new Error('i/o timeout')), timeoutMs);
  request.once('socket', (socket) => socket.once('secureConnect', () => clearTimeout(timer)));
  request.once('close', () => clearTimeout(timer));
  return request;
}

const reasons: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
};

/** Why an address could not be reached, in Go's words. */
export function dialFailure({ host, port }: KubeletAddress, cause: unknown): string {
  const error = cause as NodeJS.ErrnoException;
  const why = typeof cause === 'string' ? cause : (reasons[error.code ?? ''] ?? error.message);
  return `dial tcp ${host}:${port}: ${why}`;
}

/** The error of a request that did not reach a kubelet. */
export function dialError(address: KubeletAddress, cause: unknown): ApiError {
  const message = `error dialing backend: ${dialFailure(address, cause)}`;
  return new ApiError(500, 'InternalError', message, { causes: [{ message }] });
}

/** The error behind an answer of a kubelet that is not a success. */
export function answeredError(status: number, body: string): ApiError {
  if (status === 400) return badRequest(body.trim());
  if (status === 500) return internalError(body.trim());
  return new ApiError(status, status === 404 ? 'NotFound' : '', body.trim());
}
