/**
 * Whether packets to an address stay on this machine or on a network that it is part of. The addresses of nodes exist only
 * while their routes do: without them, a connection would go to whoever has that address beyond the default gateway.
 *
 * Asks the kernel which source address it would use (connecting a datagram socket sends nothing): a local address is its
 * own source, and one on a bridge or link shares a subnet with it.
 */
import { createSocket } from 'node:dgram';
import { BlockList, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Resolves false for an address that only a gateway could reach, and for one that nothing can. */
export async function isLocallyReachable(address: string): Promise<boolean> {
  const source = await sourceAddressFor(address);
  return source !== undefined && (source === address || onSameSubnet(source, address));
}

/** The source address of packets to `address`; undefined when there is no route. */
async function sourceAddressFor(address: string): Promise<string | undefined> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      // The port does not matter: nothing is sent.
      socket.connect(9, address, () => resolve());
    });
    return socket.address().address;
  } catch {
    return undefined;
  } finally {
    socket.close();
  }
}

function onSameSubnet(source: string, address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const own = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find((entry) => entry.address === source && entry.cidr);
  if (!own?.cidr) return false;
  const [network = '', bits = ''] = own.cidr.split('/');
  const subnet = new BlockList();
  subnet.addSubnet(network, Number(bits), family);
  return subnet.check(address, family);
}
