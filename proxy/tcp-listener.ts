/**
 * TCP: takes connections on one address and passes each on to a backend, byte for byte.
 *
 * - The next backend is tried when one does not answer; when none does, the client's connection is reset.
 * - Each direction ends on its own: a client that has finished sending still gets its answer.
 * - A slow reader slows its writer down; nothing is held beyond a socket's buffer.
 *
 * Upstream: pkg/proxy/userspace/proxysocket.go (of Kubernetes 1.25 and before)
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import { whyUnreachable } from '../client/local-routes.ts';
import { EndpointPicker } from './endpoint-picker.ts';
import type { Listener, ListenerDeps } from './listener.ts';
import type { Backend } from './plan-listeners.ts';

const connectTimeoutMs = 1_000;
/** Notices a peer that vanished without a word. */
const keepAliveMs = 30_000;

export async function listenTcp(address: string, port: number, deps: ListenerDeps): Promise<Listener> {
  const listener = new TcpListener(deps);
  await listener.listen(address, port);
  return listener;
}

class TcpListener implements Listener {
  readonly #deps: ListenerDeps;
  readonly #server: Server;
  readonly #picker = new EndpointPicker();
  readonly #sockets = new Set<Socket>();

  constructor(deps: ListenerDeps) {
    this.#deps = deps;
    const options = {
      allowHalfOpen: true,
      // Nothing is read before there is a backend to give it to.
      pauseOnConnect: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveMs,
    };
    this.#server = createServer(options, (client) => void this.#serve(client));
  }

  listen(address: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, address, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => this.#deps.logger.error({ err: error }, 'Listener failed'));
        resolve();
      });
    });
  }

  setBackends(backends: Backend[], affinityMs: number | undefined): void {
    this.#picker.set(backends, affinityMs);
  }

  drain(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  close(): void {
    void this.drain();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #serve(client: Socket): Promise<void> {
    this.#track(client);
    const from = client.remoteAddress ?? '';
    for (const backend of this.#picker.order(from)) {
      const socket = await this.#dial(backend);
      if (!socket) continue;
      this.#track(socket);
      this.#picker.connected(from, backend);
      if (client.destroyed) socket.destroy();
      else join(client, socket);
      return;
    }
    client.resetAndDestroy();
  }

  /** Undefined when the backend does not answer, or must not be asked. */
  async #dial({ address, port }: Backend): Promise<Socket | undefined> {
    const { logger, readRoutes } = this.#deps;
    const reason = whyUnreachable(address, readRoutes());
    if (reason) {
      logger.warn({ backend: `${address}:${port}`, reason }, 'Backend is not on this machine, so it is left alone');
      return undefined;
    }
    return new Promise((resolve) => {
      const socket = connect({ host: address, port, allowHalfOpen: true, noDelay: true });
      const fail = (error: Error): void => {
        logger.debug({ backend: `${address}:${port}`, err: error }, 'Backend does not answer');
        socket.destroy();
        resolve(undefined);
      };
      socket.setTimeout(connectTimeoutMs, () => fail(new Error(`no answer in ${connectTimeoutMs} ms`)));
      socket.once('error', fail);
      socket.once('connect', () => {
        socket.setTimeout(0);
        socket.removeAllListeners('timeout');
        socket.off('error', fail);
        socket.setKeepAlive(true, keepAliveMs);
        resolve(socket);
      });
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', (error) => this.#deps.logger.debug({ err: error }, 'Connection broke'));
  }
}

/** Each side's end becomes the other's end, and a break of one side breaks the other. */
function join(a: Socket, b: Socket): void {
  a.pipe(b);
  b.pipe(a);
  a.once('error', () => b.resetAndDestroy());
  b.once('error', () => a.resetAndDestroy());
  a.once('close', () => b.destroySoon());
  b.once('close', () => a.destroySoon());
}
