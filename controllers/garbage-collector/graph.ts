/**
 * Who owns whom: every object of the cluster by uid, and for each owner its dependents, known or not yet known owners
 * alike.
 *
 * Upstream: pkg/controller/garbagecollector/graph.go, graph_builder.go. Virtual nodes have no counterpart here: an owner
 * that the graph does not have is looked up when a dependent asks for it.
 */
import type { KubeObject, OwnerReference } from '../../api/types.ts';
import type { DiscoveredResource } from '../discovery.ts';

export const finalizers = { foreground: 'foregroundDeletion', orphan: 'orphan' } as const;

export interface GraphNode {
  resource: DiscoveredResource;
  metadata: KubeObject['metadata'];
}

export const ownersOf = ({ metadata }: GraphNode): OwnerReference[] => metadata.ownerReferences ?? [];

const isDeletingWith = ({ metadata }: Pick<GraphNode, 'metadata'>, finalizer: string): boolean =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(finalizer);

/** The object waits until its dependents are gone. */
export const isDeletingDependents = (node: Pick<GraphNode, 'metadata'>): boolean =>
  isDeletingWith(node, finalizers.foreground);

/** The object waits until its dependents have forgotten it. */
export const isOrphaning = (node: Pick<GraphNode, 'metadata'>): boolean => isDeletingWith(node, finalizers.orphan);

export class Graph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get size(): number {
    return this.#nodes.size;
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Adds the object, or puts it in place of what was known of it. */
  set(node: GraphNode): void {
    const uid = node.metadata.uid!;
    this.#unlink(uid);
    this.#nodes.set(uid, node);
    for (const owner of ownersOf(node)) {
      const dependents = this.#dependents.get(owner.uid);
      if (dependents) dependents.add(uid);
      else this.#dependents.set(owner.uid, new Set([uid]));
    }
  }

  delete(uid: string): void {
    this.#unlink(uid);
    this.#nodes.delete(uid);
  }

  /** Objects that name the uid among their owners. */
  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].map((dependent) => this.#nodes.get(dependent)!);
  }

  /** The objects of one resource. */
  *ofResource(which: (resource: DiscoveredResource) => boolean): Generator<GraphNode> {
    for (const node of this.#nodes.values()) if (which(node.resource)) yield node;
  }

  #unlink(uid: string): void {
    const node = this.#nodes.get(uid);
    for (const owner of node ? ownersOf(node) : []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
