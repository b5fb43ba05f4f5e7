/**
 * Who may use the kubelet's API: the bearer of a client certificate of the cluster's CA that belongs to the API server,
 * or to an administrator.
 *
 * Upstream: pkg/kubelet/server/auth.go. Left out: tokens, and asking the API server about other users.
 */
import type { TLSSocket } from 'node:tls';

export type Verdict = { allowed: true } | { allowed: false; status: 401 | 403; message: string };

const administrators = 'system:masters';
const apiserverClient = 'kube-apiserver-kubelet-client';

const asList = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());

/** Decides from the connection's certificate. */
export function authorize(socket: TLSSocket, method: string): Verdict {
  if (!socket.authorized) return { allowed: false, status: 401, message: 'Unauthorized' };
  const { subject } = socket.getPeerCertificate();
  const user = asList(subject?.CN)[0] ?? '';
  if (asList(subject?.O).includes(administrators) || user === apiserverClient) return { allowed: true };
  const verb = method === 'GET' ? 'get' : 'create';
  return {
    allowed: false,
    status: 403,
    message: `Forbidden (user=${user}, verb=${verb}, resource=nodes, subresource(s)=[proxy])`,
  };
}
