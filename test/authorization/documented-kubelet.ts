/**
 * What a request to a kubelet asks for, as its documentation says: one of these subresources of the node.
 *
 * Upstream: https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */
const table: [path: string, ...subresources: string[]][] = [
  ['/stats', 'stats'],
  ['/metrics', 'metrics'],
  ['/logs', 'log'],
  ['/pods', 'pods', 'proxy'],
  ['/runningpods', 'pods', 'proxy'],
  ['/healthz', 'healthz', 'proxy'],
  ['/configz', 'configz', 'proxy'],
  ['/checkpoint', 'checkpoint'],
];

const verbs: Record<string, string> = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

export interface Asks {
  verb: string;
  subresources: string[];
}

/** Of a method and a path without its query. */
export function kubeletAsks(method: string, path: string): Asks {
  const [, ...subresources] = table.find(([one]) => path === one || path.startsWith(`${one}/`)) ?? ['', 'proxy'];
  return { verb: verbs[method] ?? '', subresources };
}

/** What a kubelet serves, and what it does not: for a pod in the namespace. */
export const kubeletPaths = (namespace: string, pod: string, container: string): string[] => [
  ...['/', '/pods', '/pods/', '/runningpods/', '/stats/summary', '/stats/', '/metrics', '/metrics/cadvisor'],
  ...['/metrics/probes', '/metrics/resource', '/logs/', '/logs/kubelet.log', '/healthz', '/healthz/ping', '/livez'],
  ...['/readyz', '/configz', '/debug/pprof/', '/debug/flags/v', '/spec/', '/statusz', '/flagz', '/cri/exec/x'],
  `/containerLogs/${namespace}/${pod}/${container}`,
  `/exec/${namespace}/${pod}/${container}?command=id&output=1`,
  `/attach/${namespace}/${pod}/${container}?output=1`,
  `/run/${namespace}/${pod}/${container}?cmd=id`,
  `/portForward/${namespace}/${pod}?port=80`,
  `/checkpoint/${namespace}/${pod}/${container}`,
];
