/**
 * Passes an upgrade request on, to a kubelet or whatever a proxy leads to, and joins the two connections.
 *
 * Upstream: apimachinery/pkg/util/proxy/upgradeaware.go
 */
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ApiError } from '../../api/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Call, Reply } from '../request/call.ts';
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

/** Opens the kubelet's side. Throws what the kubelet, or the way to it, has against it. */
export async function openTunnel(
  registry: Registry,
  address: KubeletAddress,
  path: string,
  call: Call,
): Promise<Reply> {
  const headers = Object.fromEntries(
    passed.filter((name) => call.headers[name] !== undefined).map((name) => [name, call.headers[name]]),
  );
  const request = await requestKubelet(registry, address, path, headers, call.signal);
  const refused = async (answer: IncomingMessage): Promise<never> => {
    const body = await answer.setEncoding('utf8').toArray();
    throw answeredError(answer.statusCode ?? 500, body.join(''));
  };
  return tunnelTo(request, refused, (error) => dialError(address, error));
}

/** Sends an upgrade request: a tunnel when it is granted, else what `refused` makes of the answer. */
export async function tunnelTo(
  request: ClientRequest,
  refused: (answer: IncomingMessage) => Promise<Reply>,
  failed: (error: unknown) => ApiError,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    request.once('upgrade', (answer: IncomingMessage, socket: Duplex, head: Buffer) =>
      resolve({ tunnel: (client, clientHead) => join(client, clientHead, answer, socket, head) }),
    );
    request.once('response', (answer: IncomingMessage) => refused(answer).then(resolve, reject));
    request.on('error', (error) => reject(failed(error)));
    request.end();
  });
}

/** Copies both ways until either side closes. */
function join(
  client: Duplex,
  clientHead: Buffer,
  answer: IncomingMessage,
  backend: Duplex,
  head: Buffer,
): Promise<void> {
  const lines = [`HTTP/1.1 101 ${answer.statusMessage ?? 'Switching Protocols'}`];
  for (let i = 0; i < answer.rawHeaders.length; i += 2)
    lines.push(`${answer.rawHeaders[i]}: ${answer.rawHeaders[i + 1]}`);
  client.write(`${lines.join('\r\n')}\r\n\r\n`);
  if (head.length > 0) client.write(head);
  if (clientHead.length > 0) backend.write(clientHead);
  client.pipe(backend);
  backend.pipe(client);
  return new Promise((resolve) => {
    const close = (): void => {
      client.destroy();
      backend.destroy();
      resolve();
    };
    // Errors are a way to close here: the other side learns of it by its own connection's end.
    for (const side of [client, backend]) side.once('error', close).once('close', close);
  });
}
