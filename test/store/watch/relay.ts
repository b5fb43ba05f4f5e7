/** Stands between clients and a server, so that connections can be cut without either of them knowing why. */
import { connect, createServer, type Socket } from 'node:net';

export interface Relay {
  endpoint: string;
  /** Ends every connection at once. New ones are accepted. */
  cut(): void;
  close(): void;
}

/** Relays to `unix:///path` or `http://host:port`. */
export async function startRelay(target: string): Promise<Relay> {
  const { protocol, hostname, port, pathname } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = protocol === 'unix:' ? connect(pathname) : connect(Number(port), hostname);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address() as { port: number };
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    cut,
    close() {
      server.close();
      cut();
    },
  };
}
