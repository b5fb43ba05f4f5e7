/**
 * Whether an address is one of this machine. The addresses of nodes are local by a route that the cluster adds: without
 * it, a connection would go out to whoever has that address on a link or beyond the default gateway.
 *
 * Asks the kernel which source address it would use: a local address is its own source, and all of 127.0.0.0/8 has the
 * loopback address. Connecting a datagram socket sends nothing.
 */
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Resolves false for an address of anybody else, and for one that there is no route to. */
export async function isLocalAddress(address: string): Promise<boolean> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // The port does not matter: nothing is sent.
      socket.connect(9, address, () => resolve());
    });
    const source = socket.address().address;
    return source === address || source.startsWith('127.');
  } catch {
    return false;
  } finally {
    socket.close();
  }
}
