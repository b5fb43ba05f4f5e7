/**
 * `pods/exec` and `pods/attach`: a tunnel between the client's WebSocket and the kubelet's. The server only opens it; what
 * goes through is between the two.
 *
 * Upstream: pkg/registry/core/pod/rest/subresources.go, apimachinery/pkg/util/proxy/upgradeaware.go.
 */
import { badRequest } from '../../api/errors.ts';
import type { Pod } from '../../api/types.ts';
import type { Handler } from '../handlers/handler.ts';
import { kubeletAddress } from '../kubelet/client.ts';
import { openTunnel } from '../kubelet/tunnel.ts';
import { get } from '../registry/get.ts';
import { queryBool } from '../request/info.ts';
import { containerOf } from './pod-container.ts';

/** The API's parameters and the kubelet's names for them. */
const streams = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' };

const connect =
  (endpoint: 'exec' | 'attach'): Handler =>
  async (registry, resource, call) => {
    const { namespace, name } = call.info;
    const pod = (await get(registry, resource, namespace, name)).object as Pod;
    const container = containerOf(pod, call.query.get('container'));
    if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
    if (call.headers.upgrade === undefined) throw badRequest('Upgrade request required');
    const options = new URLSearchParams(
      call.query.getAll('command').map((word): [string, string] => ['command', word]),
    );
    for (const [from, to] of Object.entries(streams)) if (queryBool(call.query, from)) options.append(to, '1');
    const path = `/${endpoint}/${namespace}/${name}/${container}?${options}`;
    return openTunnel(registry, kubeletAddress(registry, pod.spec.nodeName), path, call);
  };

export const connectExec = connect('exec');
export const connectAttach = connect('attach');
