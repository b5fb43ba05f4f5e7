/**
 * `pods/exec`, `pods/attach` and `pods/portforward`: a tunnel between the client's connection and the kubelet's, whichever of
 * WebSocket and SPDY the client upgrades to. The server only opens it; what goes through is between the two.
 *
 * Upstream: pkg/registry/core/pod/rest/subresources.go, apimachinery/pkg/util/proxy/upgradeaware.go. Left out: translating
 * WebSocket to SPDY, because our kubelets speak both.
 */
import { badRequest } from '../../api/errors.ts';
import type { Pod } from '../../api/types.ts';
import type { Handler } from '../handlers/handler.ts';
import { kubeletAddress } from '../kubelet/client.ts';
import { openTunnel } from '../kubelet/tunnel.ts';
import { get } from '../registry/get.ts';
import { queryBool } from '../request/info.ts';
import { containerOf } from './pod-container.ts';

/** The path at the kubelet that a request is for. */
type KubeletPath = (pod: Pod, query: URLSearchParams) => string;

const connect =
  (pathOf: KubeletPath): Handler =>
  async (registry, resource, call) => {
    const { namespace, name } = call.info;
    const pod = (await get(registry, resource, namespace, name)).object as Pod;
    const path = pathOf(pod, call.query);
    if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
    const address = kubeletAddress(registry, pod.spec.nodeName);
    if (call.headers.upgrade === undefined) throw badRequest('Upgrade request required');
    return openTunnel(registry, address, path, call);
  };

const place = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** The API's parameters and the kubelet's names for them. */
const streams = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };

const commandPath =
  (endpoint: 'exec' | 'attach'): KubeletPath =>
  (pod, query) => {
    const container = containerOf(pod, query.get('container'));
    const options = new URLSearchParams(query.getAll('command').map((word): [string, string] => ['command', word]));
    for (const [from, to] of Object.entries(streams)) if (queryBool(query, from)) options.append(to, '1');
    return `/${endpoint}/${place(pod)}/${container}?${options}`;
  };

const portForwardPath: KubeletPath = (pod, query) => {
  const ports = query.getAll('ports').flatMap((text) => text.split(','));
  for (const port of ports) {
    if (!/^[+-]?\d+$/.test(port)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(port)}: invalid syntax`);
  }
  const options = new URLSearchParams(ports.length > 0 ? { port: ports.join(',') } : {});
  return `/portForward/${place(pod)}?${options}`;
};

export const connectExec = connect(commandPath('exec'));
export const connectAttach = connect(commandPath('attach'));
export const connectPortForward = connect(portForwardPath);
