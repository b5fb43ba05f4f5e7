/**
 * Cluster IPs and node ports of Services: gives one to a Service that needs one, and refuses one that is taken or out of
 * range. What is taken is read from the Services that exist, plus what is being written right now, so there is nothing
 * to repair after a crash. Several apiservers on one store could give the same address in the same moment.
 *
 * Upstream: pkg/registry/core/service/storage/alloc.go
 */
import { type FieldError, field, internalError, invalid } from '../../api/errors.ts';
import type { Service } from '../../api/types.ts';
import type { Admission, AdmissionPlugin } from '../admission/plugin.ts';
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

/** Makes the plugin. Throws for ranges that cannot be read. */
export function serviceAllocation(ranges: AllocationRanges, random: () => number = Math.random): AdmissionPlugin {
  const addresses = usableAddresses(ranges.clusterIPs);
  const nodePorts = parsePortRange(ranges.nodePorts);
  const underWay: Taken = { ips: new Set(), ports: new Set() };

  return {
    name: 'ServiceAllocation',
    async reserve(admission, defer) {
      const { resource, subresource, served, operation, name } = admission;
      if (
        resource.kind.plural !== 'services' ||
        resource.kind.group !== '' ||
        subresource !== '' ||
        operation === 'delete'
      )
        return;
      const { spec } = admission.object as Service;
      if (!spec || spec.type === 'ExternalName') return;
      await served.reads.fresh();
      // From here to the end nothing waits, so two Services cannot choose at the same time.
      const taken = takenByOthers(admission);
      for (const ip of underWay.ips) taken.ips.add(ip);
      for (const port of underWay.ports) taken.ports.add(port);
      const errors = [
        ...allocateIp(spec, addresses, ranges.clusterIPs, taken, random),
        ...allocatePorts(spec, nodePorts, taken, random),
      ];
      if (errors.length > 0) throw invalid(resource.kind, name, errors);
      const own = holdingsOf(spec);
      for (const ip of own.ips) underWay.ips.add(ip);
      for (const port of own.ports) underWay.ports.add(port);
      defer(() => {
        const forget = (): void => {
          for (const ip of own.ips) underWay.ips.delete(ip);
          for (const port of own.ports) underWay.ports.delete(port);
        };
        // Until the caches show the Service, its address is known only here.
        served.reads.fresh().then(forget, forget);
      });
    },
  };
}

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
  const needed =
    spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
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
  for (const port of needed ? (spec.ports ?? []) : []) {
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
