/**
 * What the plugins see: a pod with its sums computed once, and a node with everything that runs or is about to run on it.
 * Upstream: pkg/scheduler/framework/types.go
 */
import { keyOf } from '../api/meta.ts';
import { podRequests } from '../api/pod-resources.ts';
import { milliValue, type Quantity, value } from '../api/quantity.ts';
import { type Requirement, selectorOfLabels } from '../api/selectors.ts';
import type { Node, Pod } from '../api/types.ts';

/** Amounts by resource name: thousandths of a CPU, whole units of everything else. */
export type Amounts = Record<string, number>;

/** A port that a container takes on its node's address. */
export interface HostPort {
  ip: string;
  protocol: string;
  port: number;
}

export interface PodInfo {
  key: string;
  pod: Pod;
  requests: Amounts;
  /** Requests for scoring: a container that asks for nothing is still taken to need something. */
  expected: Amounts;
  hostPorts: HostPort[];
  /** Conditions of `nodeSelector`. */
  nodeSelector: Requirement[];
}

/** Pods of a higher priority go first. */
export const priority = ({ pod }: PodInfo): number => pod.spec?.priority ?? 0;

/** What a container without requests counts as in scores. Upstream: pkg/scheduler/util/pod_resources.go */
const expectedDefaults = { cpu: '100m', memory: '200Mi' };

export function podInfo(pod: Pod): PodInfo {
  return {
    key: keyOf(pod),
    pod,
    requests: amounts(podRequests(pod)),
    expected: amounts(podRequests(pod, { defaults: expectedDefaults })),
    hostPorts: hostPorts(pod),
    nodeSelector: selectorOfLabels(pod.spec?.nodeSelector) ?? [],
  };
}

function hostPorts(pod: Pod): HostPort[] {
  return [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
    .flatMap((container) => container.ports ?? [])
    .filter((port) => port.hostPort)
    .map((port) => ({ ip: port.hostIP || '0.0.0.0', protocol: port.protocol ?? 'TCP', port: port.hostPort! }));
}

const amounts = (quantities: Record<string, Quantity | string>): Amounts =>
  Object.fromEntries(
    Object.entries(quantities).map(([name, quantity]) => [
      name,
      name === 'cpu' ? milliValue(quantity) : value(quantity),
    ]),
  );

export class NodeInfo {
  #node: Node | undefined;
  allocatable: Amounts = {};
  readonly requested: Amounts = {};
  readonly expected: Amounts = {};
  readonly pods = new Map<string, PodInfo>();

  /** Absent while only pods of the node are known: it is not there yet, or no longer. */
  get node(): Node | undefined {
    return this.#node;
  }

  set node(node: Node | undefined) {
    this.#node = node;
    this.allocatable = amounts((node?.status?.allocatable ?? {}) as Record<string, string>);
  }

  /** Adds the pod, or puts it in place of the one with its key. */
  add(info: PodInfo): void {
    this.remove(info.key);
    this.pods.set(info.key, info);
    this.#count(info, 1);
  }

  remove(key: string): void {
    const info = this.pods.get(key);
    if (!info) return;
    this.pods.delete(key);
    this.#count(info, -1);
  }

  #count({ requests, expected }: PodInfo, sign: 1 | -1): void {
    for (const [name, amount] of Object.entries(requests)) add(this.requested, name, sign * amount);
    for (const [name, amount] of Object.entries(expected)) add(this.expected, name, sign * amount);
  }
}

function add(to: Amounts, name: string, amount: number): void {
  to[name] = (to[name] ?? 0) + amount;
}
