/**
 * The network that the pods of all nodes on this machine share: one Docker bridge over the cluster's CIDR, made when it
 * is first needed, and the addresses of this node's pods on it.
 */
import type Docker from 'dockerode';
import { clusterLabel } from '../labels.ts';
import { gatewayOf, PodAddresses } from '../pod-address.ts';
import { RuntimeError } from '../runtime.ts';
import { call } from './errors.ts';

export interface NetworkOptions {
  name: string;
  /** The whole cluster's range: the bridge's subnet. */
  clusterCidr: string;
  cluster: string;
}

/** Makes the network unless it is there. Rejects when one of that name has another subnet. */
export async function ensureNetwork(docker: Docker, options: NetworkOptions): Promise<void> {
  if (await isThere(docker, options)) return;
  try {
    await docker.createNetwork({
      Name: options.name,
      Driver: 'bridge',
      CheckDuplicate: true,
      IPAM: {
        Driver: 'default',
        Config: [{ Subnet: options.clusterCidr, Gateway: gatewayOf(options.clusterCidr) }],
      },
      Labels: { [clusterLabel]: options.cluster },
    });
  } catch (error) {
    // Another node's kubelet may have made it in the meantime.
    if (await isThere(docker, options)) return;
    await call(Promise.reject(error));
  }
}

async function isThere(docker: Docker, { name, clusterCidr }: NetworkOptions): Promise<boolean> {
  const network = await call(docker.getNetwork(name).inspect(), [404]);
  if (!network) return false;
  const subnets = (network.IPAM?.Config ?? []).map((c) => c.Subnet);
  if (subnets.includes(clusterCidr)) return true;
  throw new RuntimeError(
    'Unknown',
    `the Docker network "${name}" has the subnet ${subnets.join(', ')}, not ${clusterCidr}: remove it, or name another with --docker-network`,
  );
}

/** The node's part of the network: not ready before the node has a pod CIDR. */
export class PodNetwork {
  readonly #docker: Docker;
  readonly #options: NetworkOptions;
  #addresses: PodAddresses | undefined;
  #problem: string | undefined = 'the node has no pod CIDR yet';

  constructor(docker: Docker, options: NetworkOptions) {
    this.#docker = docker;
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  /** Why pods cannot get addresses; undefined when they can. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Takes the node's range into use; `inUse` are the sandboxes that run. */
  async open(cidr: string, inUse: { ip: string; owner: string }[]): Promise<void> {
    try {
      await ensureNetwork(this.#docker, this.#options);
      const addresses = new PodAddresses(cidr);
      for (const { ip, owner } of inUse) addresses.reserve(ip, owner);
      this.#addresses = addresses;
      this.#problem = undefined;
    } catch (error) {
      this.#problem = (error as Error).message;
      throw error;
    }
  }

  allocate(owner: string): string {
    if (this.#addresses) return this.#addresses.allocate(owner);
    throw new RuntimeError('Unavailable', `network is not ready: ${this.#problem}`);
  }

  release(ip: string, owner: string): void {
    this.#addresses?.release(ip, owner);
  }
}
