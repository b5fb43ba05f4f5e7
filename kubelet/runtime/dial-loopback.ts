/** Connections to the loopback of this process's network. */
import { connect, type Socket } from 'node:net';

const loopbacks = ['127.0.0.1', '::1'];

/**
 * Connects to a port of the loopback: by IPv4, or else by IPv6. The socket is not read before its owner does, and either half of
 * it may be ended by itself. Rejects with the reason of the first failure.
 */
export async function dialLoopback(port: number): Promise<Socket> {
  let first: unknown;
  for (const host of loopbacks) {
    try {
      return await dial(host, port);
    } catch (error) {
      first ??= error;
    }
  }
  throw first;
}

function dial(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true });
    // What arrives at once must still be there when somebody reads.
    socket.pause();
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
