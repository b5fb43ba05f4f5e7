/**
 * The client's end of port-forward: connections to local ports become streams of one SPDY connection to the pod.
 * Upstream: client-go/tools/portforward/portforward.go
 */
import { request } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ApiError } from '../api/errors.ts';
import type { Status } from '../api/types.ts';
import { CredentialSource } from '../client/credentials.ts';
import type { RestConfig } from '../client/kubeconfig.ts';
import { SpdySession } from '../client/spdy/session.ts';
import type { ForwardedPort } from './forwarded-ports.ts';

const protocol = 'portforward.k8s.io';

export interface Forwarder {
  /** Listens, and forwards what comes. Resolves with the port. */
  listen(address: string, port: ForwardedPort): Promise<number>;
  /** Resolves when the connection to the pod is lost. */
  closed(): Promise<void>;
}

/** Connects to the pod. `print` is for what a user follows, `warn` for what goes wrong with one connection. */
export async function openForwarder(
  config: RestConfig,
  path: string,
  print: (line: string) => void,
  warn: (line: string) => void,
): Promise<Forwarder> {
  const { socket, head } = await upgrade(config, path);
  const session = new SpdySession(socket, head, { role: 'client' });
  const servers: Server[] = [];
  let requests = 0;
  const forward = async (client: Socket, local: number, remote: number): Promise<void> => {
    print(`Handling connection for ${local}`);
    const headers = { port: String(remote), requestID: String(requests++) };
    const error = session.createStream({ ...headers, streamType: 'error' });
    error.end();
    const data = session.createStream({ ...headers, streamType: 'data' });
    client.once('close', () => data.destroy());
    const failure = text(error).catch(() => '');
    // The two halves end by themselves; whichever breaks, the other cannot go on.
    await Promise.all([pipeline(client, data), pipeline(data, client)]).catch(() => client.destroy());
    const message = await failure;
    if (message) warn(`an error occurred forwarding ${local} -> ${remote}: ${message}`);
  };
  return {
    async listen(address, { local, remote }) {
      const server = createServer({ allowHalfOpen: true }, (client) => {
        const { localPort = local } = client;
        void forward(client, localPort, remote);
      });
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(local, address, resolve));
      servers.push(server);
      const { port } = server.address() as { port: number };
      print(`Forwarding from ${address.includes(':') ? `[${address}]` : address}:${port} -> ${remote}`);
      return port;
    },
    async closed() {
      await session.closed();
      for (const server of servers) server.close();
    },
  };
}

async function upgrade(config: RestConfig, path: string): Promise<{ socket: Duplex; head: Buffer }> {
  const { ca, insecureSkipTlsVerify } = config;
  const { headers, cert, key } = await new CredentialSource(config).get();
  const sent = request(new URL(path, config.server), {
    method: 'POST',
    headers: {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': protocol,
      ...headers,
    },
    ca,
    cert,
    key,
    rejectUnauthorized: !insecureSkipTlsVerify,
    agent: false,
  });
  return new Promise((resolve, reject) => {
    sent.once('upgrade', (_answer, socket: Duplex, head: Buffer) => resolve({ socket, head }));
    sent.once('response', (answer) =>
      text(answer).then((body) => reject(ApiError.fromStatus(JSON.parse(body) as Status, answer.statusCode)), reject),
    );
    sent.once('error', reject);
    sent.end();
  });
}
