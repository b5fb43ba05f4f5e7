/**
 * `pods/proxy`, `services/proxy` and `nodes/proxy`: HTTP requests to what runs in the cluster, through the API server.
 *
 * Upstream: pkg/registry/core/{pod,service,node}/rest/, apimachinery/pkg/util/proxy/upgradeaware.go
 */
import { badRequest, methodNotAllowed } from '../../api/errors.ts';
import type { Endpoints, Node, Pod, Service } from '../../api/types.ts';
import type { Handler } from '../handlers/handler.ts';
import { kubeletAddress, requestKubelet } from '../kubelet/client.ts';
import { encodePath, forward, type OpenRequest, opener } from '../proxy/forward.ts';
import {
  type Location,
  type ProxyName,
  podLocation,
  portNumber,
  serviceLocation,
  splitName,
} from '../proxy/location.ts';
import { get } from '../registry/get.ts';
import type { Registry } from '../registry/registry.ts';
import type { Call, Reply } from '../request/call.ts';
import { admitConnect, type ProxyOptions } from './connect-options.ts';

type Target = Pick<Location, 'host' | 'port'> & { open: OpenRequest };

/** Finds what a name in the URL leads to. */
type Locate = (registry: Registry, call: Call, name: ProxyName) => Promise<Target>;

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const proxy =
  (what: string, optionsKind: string, locate: Locate): Handler =>
  async (registry, resource, call) => {
    if (!methods.includes(call.method)) throw methodNotAllowed();
    const { prefix, path: asked, query } = splitPath(call);
    const options: ProxyOptions = asked ? { path: decodeURIComponent(asked) } : {};
    const admitted = await admitConnect(registry, resource, call, optionsKind, options);
    const path = encodePath(admitted.path ?? '');
    const name = splitName(call.info.name);
    if (!name) throw badRequest(`invalid ${what} request ${JSON.stringify(call.info.name)}`);
    const target = await locate(registry, call, name);
    const upgrade = call.headers.upgrade !== undefined;
    if (path === '' && !upgrade && ['GET', 'HEAD'].includes(call.method)) return redirect(`${prefix}/${query}`);
    return forward(call, prefix, (path || '/') + query, target, target.open);
  };

/** A page's relative links work only below a path that ends with a slash. */
const redirect = (location: string): Reply => ({
  status: 301,
  contentType: 'text/html; charset=utf-8',
  body: '',
  headers: { location },
});

/** The path of the proxy, what follows it, and the query as it was sent. */
export function splitPath({ info, raw }: Pick<Call, 'info' | 'raw'>): { prefix: string; path: string; query: string } {
  const behind = info.parts.slice(3).join('/');
  const slash = info.path.endsWith('/') ? '/' : '';
  const path = behind ? `/${behind}${slash}` : slash;
  const { url = '' } = raw;
  const mark = url.indexOf('?');
  return {
    prefix: encodePath(info.path.slice(0, info.path.length - path.length)),
    path: encodePath(path),
    query: mark < 0 ? '' : url.slice(mark),
  };
}

const toPod: Locate = async (registry, call, name) => {
  const pods = registry.resources.must('', 'pods');
  const pod = (await get(registry, pods, call.info.namespace, name.name)).object as Pod;
  const location = podLocation(name, pod);
  return { ...location, open: opener(location, call.signal) };
};

const toService: Locate = async (registry, call, name) => {
  const { namespace } = call.info;
  const services = registry.resources.must('', 'services');
  const service = (await get(registry, services, namespace, name.name)).object as Service;
  const endpoints = registry.resources.must('', 'endpoints').cache.get(`${namespace}/${name.name}`);
  const found = endpoints?.object as Endpoints | undefined;
  const pods = registry.resources.must('', 'pods').cache;
  const isPod: Parameters<typeof serviceLocation>[3] = ({ ip, targetRef }) => {
    const pod = pods.get(`${targetRef?.namespace ?? namespace}/${targetRef?.name}`)?.object as Pod | undefined;
    return targetRef?.kind === 'Pod' && (pod?.status?.podIPs ?? []).some((own) => own.ip === ip);
  };
  const location = serviceLocation(name, service, found, isPod, Math.random());
  return { ...location, open: opener(location, call.signal) };
};

/** The kubelet, with the API server's own certificate; at any other port of the node, whatever listens there. */
const toNode: Locate = async (registry, call, { scheme, name, port }) => {
  const nodes = registry.resources.must('', 'nodes');
  const node = (await get(registry, nodes, '', name)).object as Node;
  const kubelet = kubeletAddress(registry, node.metadata.name!);
  const number = port === '' ? kubelet.port : portNumber(port);
  if (!number) throw badRequest(`invalid node request ${JSON.stringify(call.info.name)}`);
  if (number !== kubelet.port) {
    const location: Location = { scheme, host: kubelet.host, port: number };
    return { ...location, open: opener(location, call.signal) };
  }
  return {
    ...kubelet,
    open: (path, method, headers) => requestKubelet(registry, kubelet, path, headers, call.signal, method),
  };
};

export const proxyPod = proxy('pod', 'PodProxyOptions', toPod);
export const proxyService = proxy('service', 'ServiceProxyOptions', toService);
export const proxyNode = proxy('node', 'NodeProxyOptions', toNode);
