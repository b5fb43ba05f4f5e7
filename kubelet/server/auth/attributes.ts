/**
 * What a request to the kubelet means for authorization: a verb on a subresource of its node. Some paths have a subresource of
 * their own and are open to `nodes/proxy` as well; everything else is `nodes/proxy`. Pure.
 *
 * Upstream: pkg/kubelet/server/auth.go
 */
const verbs: Record<string, string> = { POST: 'create', GET: 'get', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };

/** The subresource that allows a path; `proxyToo` where the right to everything does as well. */
const paths: { path: string; subresource: string; proxyToo: boolean }[] = [
  { path: '/pods', subresource: 'pods', proxyToo: true },
  { path: '/healthz', subresource: 'healthz', proxyToo: true },
  { path: '/configz', subresource: 'configz', proxyToo: true },
  { path: '/runningpods', subresource: 'pods', proxyToo: true },
  { path: '/stats', subresource: 'stats', proxyToo: false },
  { path: '/metrics', subresource: 'metrics', proxyToo: false },
  { path: '/logs', subresource: 'log', proxyToo: false },
  { path: '/checkpoint', subresource: 'checkpoint', proxyToo: false },
];

/** What the caller must be allowed to do: one of the subresources is enough. */
export interface NodeAttributes {
  /** Empty for a method that no verb stands for. */
  verb: string;
  subresources: string[];
}

/** Reads method and path; the path is the one that the request is routed by. */
export function attributesOf(method: string, path: string): NodeAttributes {
  const verb = verbs[method] ?? '';
  const found = paths.find((one) => path === one.path || path.startsWith(`${one.path}/`));
  if (!found) return { verb, subresources: ['proxy'] };
  return { verb, subresources: [found.subresource, ...(found.proxyToo ? ['proxy'] : [])] };
}
