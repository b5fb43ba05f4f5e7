/**
 * garbage-collector-controller: deletes what has lost its last owner, and makes owners wait for their dependents, or
 * dependents forget their owners, where a deletion asked for that.
 *
 * The queue's keys are uids. Every write carries the uid and the version that the decision was made on.
 *
 * Upstream: pkg/controller/garbagecollector
 */
import { ApiError } from '../../api/errors.ts';
import type { OwnerReference } from '../../api/types.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Context, Run } from '../context.ts';
import { AbsentOwners } from './absent-owners.ts';
import { finalizers, Graph, type GraphNode, isDeletingDependents, isOrphaning, ownersOf } from './graph.ts';
import { Monitors } from './monitors.ts';
import { type Action, type OwnerState, planItem } from './plan.ts';

const name = 'garbage-collector-controller';

export function garbageCollectorController(context: Context): Run {
  const collector = new GarbageCollector(context);
  const { logger, flags } = context;
  const workers = flags['concurrent-gc-syncs'];
  return async (signal) => {
    const { queue, monitors } = collector;
    const { promise: known, resolve } = Promise.withResolvers<void>();
    const watching = monitors.run(signal, resolve);
    // Before all kinds are known, owners would seem to be missing.
    await Promise.race([known, watching]);
    await runController({ name, queue, workers, reconcile: (uid) => collector.reconcile(uid), logger }, signal);
    await watching;
  };
}

class GarbageCollector {
  readonly queue = new WorkQueue();
  readonly monitors: Monitors;
  readonly #context: Context;
  readonly #graph = new Graph();
  readonly #absent = new AbsentOwners();

  constructor(context: Context) {
    this.#context = context;
    const { client, informers, logger } = context;
    this.monitors = new Monitors({
      client,
      informers,
      logger,
      onChange:
        (resource) =>
        (change, { metadata }, old) => {
          if (old && old.metadata.uid !== metadata.uid) this.#forget({ resource, metadata: old.metadata });
          if (change === 'delete') this.#forget({ resource, metadata });
          else this.#learn({ resource, metadata });
        },
      onGone: (gone) => {
        for (const node of this.#graph.ofResource((resource) => resource === gone))
          this.#graph.delete(node.metadata.uid!);
      },
    });
  }

  #learn(node: GraphNode): void {
    const uid = node.metadata.uid!;
    this.#graph.set(node);
    if (ownersOf(node).length > 0 || isOrphaning(node)) this.queue.add(uid);
    if (!isDeletingDependents(node)) return;
    this.queue.add(uid);
    this.#enqueueDependents(uid);
  }

  #forget(node: GraphNode): void {
    const uid = node.metadata.uid!;
    this.#graph.delete(uid);
    this.#absent.add(uid);
    this.#enqueueDependents(uid);
    for (const owner of ownersOf(node)) {
      const known = this.#graph.get(owner.uid);
      if (known && isDeletingDependents(known)) this.queue.add(owner.uid);
    }
  }

  #enqueueDependents(uid: string): void {
    for (const { metadata } of this.#graph.dependentsOf(uid)) this.queue.add(metadata.uid!);
  }

  async reconcile(uid: string): Promise<void> {
    const item = this.#graph.get(uid);
    if (!item) return;
    const states = new Map<string, OwnerState>();
    if (!item.metadata.deletionTimestamp)
      for (const owner of ownersOf(item)) states.set(owner.uid, await this.#stateOf(owner, item));
    const dependents = this.#graph.dependentsOf(uid);
    const action = planItem(item, dependents, (owner) => states.get(owner) ?? 'solid');
    try {
      await this.#perform(action, item, dependents);
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
      // Gone already: the watch will say so.
    }
  }

  /** Looks an owner up: in the graph, among those known to be gone, and then on the server. */
  async #stateOf(owner: OwnerReference, { resource, metadata }: GraphNode): Promise<OwnerState> {
    const known = this.#graph.get(owner.uid);
    if (known) return isDeletingDependents(known) ? 'waiting' : 'solid';
    if (this.#absent.has(owner.uid)) return 'absent';
    const ownerResource = this.monitors.resourceOf(owner.apiVersion, owner.kind);
    if (!ownerResource) throw new Error(`no resource is known for owner ${owner.apiVersion} ${owner.kind}`);
    // A cluster-scoped object cannot say in which namespace its owner is; such a reference is left alone.
    if (ownerResource.namespaced && !resource.namespaced) return 'solid';
    const namespace = ownerResource.namespaced ? metadata.namespace : undefined;
    try {
      const live = await this.#context.client.of(ownerResource).get(owner.name, namespace);
      if (live.metadata.uid === owner.uid) return isDeletingDependents(live) ? 'waiting' : 'solid';
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
    this.#absent.add(owner.uid);
    return 'absent';
  }

  async #perform(action: Action, item: GraphNode, dependents: GraphNode[]): Promise<void> {
    const { uid, name: itemName = '', namespace, resourceVersion } = item.metadata;
    switch (action.type) {
      case 'none':
        return;
      case 'delete': {
        if (action.unblock) {
          // The changed object comes back by way of its watch, and is deleted then.
          await this.#patch(item, {
            ownerReferences: ownersOf(item).map((o) => ({ ...o, blockOwnerDeletion: false })),
          });
        }
        const preconditions = action.unblock ? { uid } : { uid, resourceVersion };
        await this.#context.client
          .of(item.resource)
          .delete(itemName, namespace, { propagationPolicy: action.policy, preconditions });
        const { kind } = item.resource;
        this.#context.logger.info(
          { kind, object: itemName, namespace, policy: action.policy },
          'Deleted: its owners are gone',
        );
        return;
      }
      case 'remove-owners': {
        const left = ownersOf(item).filter((owner) => !action.uids.includes(owner.uid));
        return this.#patch(item, { ownerReferences: left });
      }
      case 'wait-for-dependents':
        this.#enqueueDependents(uid!);
        return;
      case 'orphan-dependents':
        for (const dependent of dependents) await this.#orphan(dependent, uid!);
        return this.#removeFinalizer(item, finalizers.orphan);
      case 'remove-finalizer':
        return this.#removeFinalizer(item, action.finalizer);
    }
  }

  async #orphan(dependent: GraphNode, owner: string): Promise<void> {
    const left = ownersOf(dependent).filter(({ uid }) => uid !== owner);
    try {
      await this.#patch(dependent, { ownerReferences: left });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 404)) throw error;
    }
  }

  #removeFinalizer(item: GraphNode, finalizer: string): Promise<void> {
    return this.#patch(item, { finalizers: (item.metadata.finalizers ?? []).filter((other) => other !== finalizer) });
  }

  /** Replaces parts of the metadata, provided the object is still the one that was looked at. */
  async #patch({ resource, metadata }: GraphNode, change: Partial<GraphNode['metadata']>): Promise<void> {
    const { name: itemName = '', namespace, uid, resourceVersion } = metadata;
    const body = { metadata: { uid, resourceVersion, ...change } };
    await this.#context.client.of(resource).patch(itemName, namespace, body);
  }
}
