/**
 * `/portForward/NAMESPACE/POD`: connections to ports of a pod's loopback, as many as the client asks for over one connection of
 * its own.
 *
 * Three ways in, of which the first two are one: SPDY; SPDY inside the messages of a WebSocket (kubectl 1.31 and newer); and a
 * WebSocket with two channels for each port that the query names.
 *
 * Upstream: kubelet/pkg/cri/streaming/portforward, apimachinery/pkg/util/portforward
 */
import { createWebSocketStream } from 'ws';
import { SpdySession, type SpdyStream } from '../../client/spdy/session.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type PodLookup, runningSandbox } from './find-container.ts';
import { forwarder, type PortForward, portOf } from './forward.ts';
import { HttpError } from './http-error.ts';
import { serveChannels } from './port-forward-channels.ts';
import { StreamPairs } from './port-forward-pairs.ts';
import { acceptSpdy, acceptWebSocket, spdyProtocol, type Upgrade, upgradeKind, webSocketProtocol } from './upgrade.ts';

const spdyVersion = 'portforward.k8s.io';
const tunnel = 'SPDY/3.1+portforward.k8s.io';
const channels = ['v4.channel.k8s.io', 'v4.base64.channel.k8s.io', ''];

/** Reads the request. Throws `HttpError` for one that cannot be served. */
export async function parsePortForward(
  lookup: PodLookup,
  [namespace, podName]: [string, string, string],
  query: URLSearchParams,
): Promise<PortForward> {
  const ports = query
    .getAll('ports')
    .concat(query.getAll('port'))
    .flatMap((text) => text.split(','));
  const numbers = ports.map((text) => {
    const port = portOf(text);
    if (port === undefined) throw new HttpError(400, `unable to parse ${JSON.stringify(text)} as a port`);
    return port;
  });
  const { pod, sandboxId } = await runningSandbox(lookup, namespace, podName);
  return { podName, podUid: pod.metadata.uid ?? '', sandboxId, ports: numbers };
}

/** Upgrades the connection and forwards until the client closes it. Rejects only before the upgrade. */
export async function servePortForward(runtime: Runtime, upgrade: Upgrade, about: PortForward): Promise<void> {
  const forward = forwarder(runtime, about);
  const pairs = new StreamPairs(forward);
  const onStream = (stream: SpdyStream): void => pairs.add(stream);
  if (upgradeKind(upgrade.request) === 'spdy') {
    const protocol = spdyProtocol(upgrade.request, [spdyVersion], spdyVersion);
    await acceptSpdy(upgrade, protocol, onStream).closed();
    return;
  }
  const protocol = webSocketProtocol(upgrade.request, [tunnel, ...channels]);
  if (protocol !== tunnel && about.ports.length === 0) throw new HttpError(400, 'query parameter "port" is required');
  const socket = await acceptWebSocket(upgrade, protocol);
  if (protocol !== tunnel) return serveChannels(socket, protocol, about.ports, forward);
  const connection = createWebSocketStream(socket);
  await new SpdySession(connection, Buffer.alloc(0), { role: 'server', onStream }).closed();
}
