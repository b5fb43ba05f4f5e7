/**
 * Where the server listens: on `--bind-address`, and on `--advertise-address` too where the first does not cover it. So a
 * server that binds 127.0.0.1, out of reach of the network, still answers at the address that pods are told.
 */
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { FastifyInstance } from 'fastify';
import type { Flags } from './flags.ts';
import type { Listening } from './shutdown.ts';

const isWildcard = (address: string): boolean => address === '0.0.0.0' || address === '::';
const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/**
 * Where the others find this server: unless told, the address that it listens on, or the machine's first one, because
 * the address of a Service's endpoint may be neither a wildcard nor a loopback.
 */
export function advertiseAddress(flags: Flags): string {
  const bind = flags['bind-address'];
  if (flags['advertise-address']) return flags['advertise-address'];
  if (!isWildcard(bind) && !isLoopback(bind)) return bind;
  const own = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return own.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? bind;
}

/** Resolves once the server accepts connections at every address. */
export async function listen(server: FastifyInstance, flags: Flags): Promise<Listening> {
  const { 'bind-address': bind, 'advertise-address': advertise, 'secure-port': port } = flags;
  await server.listen({ host: bind, port });
  let second: Server | undefined;
  if (advertise && advertise !== bind && !isWildcard(bind)) {
    second = createServer((socket) => server.server.emit('connection', socket));
    await listenOn(second, advertise, port);
  }
  return {
    stopAccepting() {
      second?.close();
      server.server.close();
    },
    async close() {
      second?.close();
      await server.close();
    },
  };
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
}
