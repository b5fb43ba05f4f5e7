/**
 * The scheduler's picture of the nodes: every node with the pods that run there and the pods just placed there, whose
 * binding the API server has yet to confirm. Scheduling is synchronous, so the picture is its own snapshot.
 *
 * Upstream: pkg/scheduler/backend/cache
 */
import { keyOf } from '../api/meta.ts';
import type { Node, Pod } from '../api/types.ts';
import { NodeInfo, type PodInfo, podInfo } from './node-info.ts';

export class Cache {
  readonly #nodes = new Map<string, NodeInfo>();
  /** The node that each pod counts on. */
  readonly #nodeOf = new Map<string, string>();
  readonly #assumed = new Map<string, PodInfo>();

  /** The nodes that exist. */
  nodes(): NodeInfo[] {
    return [...this.#nodes.values()].filter((info) => info.node);
  }

  setNode(node: Node): void {
    this.#node(node.metadata.name!).node = node;
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    info.node = undefined;
    this.#drop(name, info);
  }

  /** The pod runs on the node that it names: what the API server says ends an assumption. */
  setPod(pod: Pod): void {
    this.#place(podInfo(pod), pod.spec!.nodeName!);
    this.#assumed.delete(keyOf(pod));
  }

  removePod(key: string): void {
    const name = this.#nodeOf.get(key);
    if (name === undefined) return;
    const info = this.#nodes.get(name);
    this.#nodeOf.delete(key);
    this.#assumed.delete(key);
    info?.remove(key);
    if (info) this.#drop(name, info);
  }

  /** Counts the pod on the node from now on, until it is confirmed or the assumption dropped. */
  assume(info: PodInfo, node: string): void {
    this.#assumed.set(info.key, info);
    this.#place(info, node);
  }

  dropAssumption(info: PodInfo): void {
    if (this.#assumed.get(info.key) === info) this.removePod(info.key);
  }

  isAssumed(key: string): boolean {
    return this.#assumed.has(key);
  }

  #place(info: PodInfo, node: string): void {
    if (this.#nodeOf.get(info.key) !== node) this.removePod(info.key);
    this.#nodeOf.set(info.key, node);
    this.#node(node).add(info);
  }

  #node(name: string): NodeInfo {
    const known = this.#nodes.get(name);
    if (known) return known;
    const info = new NodeInfo();
    this.#nodes.set(name, info);
    return info;
  }

  #drop(name: string, info: NodeInfo): void {
    if (!info.node && info.pods.size === 0) this.#nodes.delete(name);
  }
}
