/**
 * Cluster IPs and node ports of Services: gives one to a Service that needs one, and refuses one that is taken or out of
 * range. What is taken is read from the Services that exist, so there is nothing to repair after a crash. A guard in the store
 * lets one Service at a time choose, however many API servers there are.
 *
 * Upstream: pkg/registry/core/service/storage/alloc.go
 */
import { type FieldError, field, internalError, invalid } from '../../api/errors.ts';
import type { Service } from '../../api/types.ts';
import type { Admission, AdmissionPlugin, GuardedWrite } from '../admission/plugin.ts';
import { type Guard, GuardChangedError } from '../storage/guard.ts';
import type { Storage } from '../storage/storage.ts';
import { ipToNumber, numberToIp, usableAddresses } from './ipv4-range.ts';
import { chooseFree, type Range } from './pool.ts';

export interface AllocationRanges {
  /** `10.96.0.0/16` */
  clusterIPs: string;
  /** `30000-32767` */
  nodePorts: string;
}

type Spec = NonNullable<Service['spec']>;

/** What the Services other than the one being written have. */
interface Taken {
  ips: Set<number>;
  ports: Set<number>;
}

/** Changed by every write that takes an address or a port. */
const guardKey = '/registry/ranges/services';

/** Makes the plugin. Throws for ranges that cannot be read. */
export function serviceAllocation(
  ranges: AllocationRanges,
  storage: Pick<Storage, 'get'>,
  random: () => number = Math.random,
): AdmissionPlugin {
  const addresses = usableAddresses(ranges.clusterIPs);
  const nodePorts = parsePortRange(ranges.nodePorts);
  /** Settles when nobody in this server is choosing: waiting for each other is cheaper than trying again. */
  let last: Promise<unknown> = Promise.resolve();

  async function choose(admission: Admission, spec: Spec): Promise<Guard> {
    const { resource, served, name } = admission;
    // The guard before the Services: what was taken under it is then in the caches.
    const guard = await storage.get(guardKey);
    await served.reads.fresh();
    const taken = takenByOthers(admission);
    const errors = [
      ...allocateIp(spec, addresses, ranges.clusterIPs, taken, random),
      ...allocatePorts(spec, nodePorts, taken, random),
    ];
    if (errors.length > 0) throw invalid(resource.kind, name, errors);
    return { key: guardKey, revision: guard?.revision ?? 0 };
  }

  async function chooseAndWrite<T>(admission: Admission, write: GuardedWrite<T>): Promise<T> {
    const object = admission.object as Service;
    const asked = object.spec!;
    for (;;) {
      object.spec = structuredClone(asked);
      try {
        return await write([await choose(admission, object.spec)]);
      } catch (error) {
        if (!(error instanceof GuardChangedError)) throw error;
      }
    }
  }

  return {
    name: 'ServiceAllocation',
    reserve(admission, write) {
      if (!takesSomething(admission)) return write([]);
      const done = last.then(() => chooseAndWrite(admission, write));
      last = done.catch(() => undefined);
      return done;
    },
  };
}

/** Whether the write gives the Service something that it does not have yet. */
function takesSomething({ resource, subresource, object, old }: Admission): boolean {
  const { group, plural } = resource.kind;
  if (plural !== 'services' || group !== '' || subresource !== '' || !object) return false;
  const { spec } = object as Service;
  if (!spec || spec.type === 'ExternalName') return false;
  const before = holdingsOf((old as Service | undefined)?.spec ?? {});
  const asked = holdingsOf(spec);
  const lacksIp = !spec.clusterIP || !spec.clusterIPs;
  const lacksPort = needsNodePorts(spec) && spec.ports?.some(({ nodePort }) => !nodePort);
  return (
    lacksIp ||
    lacksPort === true ||
    asked.ips.some((ip) => !before.ips.includes(ip)) ||
    asked.ports.some((port) => !before.ports.includes(port))
  );
}

const needsNodePorts = ({ type, allocateLoadBalancerNodePorts }: Spec): boolean =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);

function allocateIp(spec: Spec, range: Range, cidr: string, { ips }: Taken, random: () => number): FieldError[] {
  if (spec.clusterIP === 'None') {
    spec.clusterIPs = ['None'];
    return [];
  }
  if (spec.clusterIP) {
    const asked = ipToNumber(spec.clusterIP);
    const refuse = (why: string): FieldError[] => [
      field.invalid('spec.clusterIPs', [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: ${why}`),
    ];
    if (!(asked >= range.first && asked <= range.last)) {
      return refuse(`the provided IP (${spec.clusterIP}) is not in the valid range. The range of valid IPs is ${cidr}`);
    }
    if (ips.has(asked)) return refuse('provided IP is already allocated');
  } else {
    const chosen = chooseFree(range, (n) => ips.has(n), random);
    if (chosen === undefined) throw internalError('failed to allocate a serviceIP: range is full');
    spec.clusterIP = numberToIp(chosen);
  }
  spec.clusterIPs = [spec.clusterIP];
  return [];
}

function allocatePorts(spec: Spec, range: Range, { ports }: Taken, random: () => number): FieldError[] {
  const errors: FieldError[] = [];
  const own = new Set(ports);
  spec.ports?.forEach((port, i) => {
    const refuse = (why: string): void => {
      errors.push(field.invalid(`spec.ports[${i}].nodePort`, port.nodePort, why));
    };
    if (!port.nodePort) return;
    own.add(port.nodePort);
    if (port.nodePort < range.first || port.nodePort > range.last) {
      refuse(`provided port is not in the valid range. The range of valid ports is ${range.first}-${range.last}`);
    } else if (ports.has(port.nodePort)) {
      refuse('provided port is already allocated');
    }
  });
  for (const port of needsNodePorts(spec) ? (spec.ports ?? []) : []) {
    if (port.nodePort) continue;
    const chosen = chooseFree(range, (n) => own.has(n), random);
    if (chosen === undefined) throw internalError('failed to allocate a nodePort: range is full');
    port.nodePort = chosen;
    own.add(chosen);
  }
  return errors;
}

function takenByOthers({ resource, namespace, name }: Admission): Taken {
  const taken: Taken = { ips: new Set(), ports: new Set() };
  for (const { object } of resource.cache.list()) {
    if (object.metadata.namespace === namespace && object.metadata.name === name) continue;
    const { spec } = object as Service;
    if (!spec) continue;
    const own = holdingsOf(spec);
    for (const ip of own.ips) taken.ips.add(ip);
    for (const port of own.ports) taken.ports.add(port);
  }
  return taken;
}

const holdingsOf = ({ clusterIP, ports }: Spec): { ips: number[]; ports: number[] } => ({
  ips: clusterIP && clusterIP !== 'None' ? [ipToNumber(clusterIP)] : [],
  ports: (ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])),
});

function parsePortRange(text: string): Range {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? [];
  if (!first || !last || Number(first) > Number(last) || Number(last) > 65535) {
    throw new Error(`invalid service-node-port-range ${JSON.stringify(text)}: expected FIRST-LAST`);
  }
  return { first: Number(first), last: Number(last) };
}
