/**
 * What a pod asks for: the sum over its containers that the scheduler fits, the kubelet admits and tables print.
 * Upstream: component-helpers/resource/helpers.go
 */
import { conditionOf } from './meta.ts';
import { addQuantities, compareQuantities, parseQuantity, type Quantity } from './quantity.ts';
import type { Container, Pod } from './types.ts';

export type ResourceQuantities = Record<string, Quantity>;

/** Texts of a resource list: `{ cpu: '100m', memory: '64Mi' }`. */
type ResourceTexts = Record<string, string>;

export interface PodResourceOptions {
  /** Counted for a container that does not name the resource. */
  defaults?: ResourceTexts;
  /** Leaves out what the pod costs besides its containers. */
  excludeOverhead?: boolean;
  /** Counts what a container has as long as that is more than it asks for: it is being resized. */
  useStatus?: boolean;
}

/** Requests of the pod: containers and sidecars together, or the largest init container if that is more; plus overhead. */
export const podRequests = (pod: Pod, options: PodResourceOptions = {}): ResourceQuantities =>
  podResources(pod, 'requests', options);

/** Limits of the pod, counted the same way. */
export const podLimits = (pod: Pod, options: PodResourceOptions = {}): ResourceQuantities =>
  podResources(pod, 'limits', options);

/** The quantities of a resource list's texts. */
export const readResources = (texts: ResourceTexts = {}): ResourceQuantities =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, parseQuantity(text)]));

function podResources(
  pod: Pod,
  of: 'requests' | 'limits',
  { defaults = {}, excludeOverhead = false, useStatus = false }: PodResourceOptions,
): ResourceQuantities {
  const spec = pod.spec;
  const total: ResourceQuantities = {};
  const ask = (container: Container): ResourceQuantities => {
    const asked = readResources({ ...defaults, ...container.resources?.[of] });
    return useStatus ? withStatus(pod, container, of, asked) : asked;
  };
  for (const container of spec?.containers ?? []) add(total, ask(container));
  const sidecars: ResourceQuantities = {};
  const startup: ResourceQuantities = {};
  for (const container of spec?.initContainers ?? []) {
    const asked = ask(container);
    if (container.restartPolicy === 'Always') {
      add(total, asked);
      add(sidecars, asked);
      raise(startup, sidecars);
    } else {
      // It runs beside the sidecars that were started before it.
      add(asked, sidecars);
      raise(startup, asked);
    }
  }
  raise(total, startup);
  // A pod-level value stands in place of the sum.
  Object.assign(total, readResources(spec?.resources?.[of]));
  if (excludeOverhead) return total;
  const overhead = readResources(spec?.overhead);
  for (const [name, quantity] of Object.entries(overhead)) {
    // No limit stays no limit.
    if (of === 'requests' || total[name]) add(total, { [name]: quantity });
  }
  return total;
}

/** A resize that the node has no room for will not happen, so what it asks for does not count. */
function withStatus(
  { status }: Pod,
  { name }: Container,
  of: 'requests' | 'limits',
  asked: ResourceQuantities,
): ResourceQuantities {
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const found = statuses.find((one) => one.name === name);
  if (!found?.resources) return asked;
  const infeasible = conditionOf(status?.conditions, 'PodResizePending')?.reason === 'Infeasible';
  const total = infeasible ? {} : { ...asked };
  raise(total, readResources(found.resources[of]));
  if (of === 'requests') raise(total, readResources(found.allocatedResources));
  return total;
}

function add(to: ResourceQuantities, more: ResourceQuantities): void {
  for (const [name, quantity] of Object.entries(more)) to[name] = addQuantities(to[name], quantity);
}

function raise(to: ResourceQuantities, least: ResourceQuantities): void {
  for (const [name, quantity] of Object.entries(least)) {
    if (compareQuantities(to[name], quantity) < 0) to[name] = quantity;
  }
}
