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
import {
  admitConnect,
  type PortForwardOptions,
  portForwardOptions,
  type StreamOptions,
  streamOptions,
} from './connect-options.ts';
import { containerOf } from './pod-container.ts';

interface Connection<T> {
  /** The kind of its options. */
  kind: string;
  read(query: URLSearchParams): T;
  /** The path at the kubelet that it leads to. */
  path(pod: Pod, options: T): string;
}

const connect =
  <T extends object>({ kind, read, path: pathOf }: Connection<T>): Handler =>
  async (registry, resource, call) => {
    const { namespace, name } = call.info;
    const options = await admitConnect(registry, resource, call, kind, read(call.query));
    const pod = (await get(registry, resource, namespace, name)).object as Pod;
    const path = pathOf(pod, options);
    if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
    const address = kubeletAddress(registry, pod.spec.nodeName);
    if (call.headers.upgrade === undefined) throw badRequest('Upgrade request required');
    return openTunnel(registry, address, path, call);
  };

const place = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** The API's parameters and the kubelet's names for them. */
const streams = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;

const commandPath =
  (endpoint: 'exec' | 'attach') =>
  (pod: Pod, { container: asked, command = [], ...flags }: StreamOptions): string => {
    const container = containerOf(pod, asked ?? null);
    const options = new URLSearchParams(command.map((word): [string, string] => ['command', word]));
    for (const [from, to] of Object.entries(streams)) {
      if (flags[from as keyof typeof streams]) options.append(to, '1');
    }
    return `/${endpoint}/${place(pod)}/${container}?${options}`;
  };

function portForwardPath(pod: Pod, { ports = [] }: PortForwardOptions): string {
  const options = new URLSearchParams(ports.length > 0 ? { port: ports.join(',') } : {});
  return `/portForward/${place(pod)}?${options}`;
}

export const connectExec = connect({ kind: 'PodExecOptions', read: streamOptions, path: commandPath('exec') });
export const connectAttach = connect({ kind: 'PodAttachOptions', read: streamOptions, path: commandPath('attach') });
export const connectPortForward = connect({
  kind: 'PodPortForwardOptions',
  read: portForwardOptions,
  path: portForwardPath,
});
