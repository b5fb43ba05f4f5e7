/**
 * Passes an upgrade request on to a kubelet and joins the two connections.
 *
 * Upstream: apimachinery/pkg/util/proxy/upgradeaware.go
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Registry } from '../registry/registry.ts';
import type { Call, Tunnel } from '../request/call.ts';
import { answeredError, dialError, type KubeletAddress, requestKubelet } from './client.ts';

/** Headers of the client's upgrade that the kubelet must see. */
const passed = [
  'connection',
  'upgrade',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'x-stream-protocol-version',
];

interface Upgraded {
  answer: IncomingMessage;
  socket: Duplex;
  head: Buffer;
}

/** Opens the kubelet's side. Throws what the kubelet, or the way to it, has against it. */
export async function openTunnel(
  registry: Registry,
  address: KubeletAddress,
  path: string,
  call: Call,
): Promise<Tunnel> {
  const headers = Object.fromEntries(
    passed.filter((name) => call.headers[name] !== undefined).map((name) => [name, call.headers[name]]),
  );
  const request = await requestKubelet(registry, address, path, headers, call.signal);
  const { answer, socket, head } = await new Promise<Upgraded>((resolve, reject) => {
    request.once('upgrade', (answer: IncomingMessage, socket: Duplex, head: Buffer) =>
      resolve({ answer, socket, head }),
    );
    request.once('response', (answer: IncomingMessage) => {
      answer
        .setEncoding('utf8')
        .toArray()
        .then((body) => reject(answeredError(answer.statusCode ?? 500, body.join(''))), reject);
    });
    request.once('error', (error) => reject(dialError(address, error)));
    request.end();
  });
  return { tunnel: (client, clientHead) => join(client, clientHead, answer, socket, head) };
}

/** Copies both ways until either side closes. */
function join(
  client: Duplex,
  clientHead: Buffer,
  answer: IncomingMessage,
  kubelet: Duplex,
  head: Buffer,
): Promise<void> {
  const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? 'Switching Protocols'}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) client.write(head);
  if (clientHead.length > 0) kubelet.write(clientHead);
  client.pipe(kubelet);
  kubelet.pipe(client);
  return new Promise((resolve) => {
    const close = (): void => {
      client.destroy();
      kubelet.destroy();
      resolve();
    };
    // Errors are a way to close here: the other side learns of it by its own connection's end.
    for (const side of [client, kubelet]) side.once('error', close).once('close', close);
  });
}
