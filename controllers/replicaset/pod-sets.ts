/**
 * The kinds whose objects keep a number of pods of one template: ReplicaSets, and ReplicationControllers, which came before
 * them. One controller serves both; here is all in which they differ.
 * Upstream: pkg/controller/replication/conversion.go
 */
import type { ResourceName } from '../../api/kind.ts';
import { replicasets } from '../../api/kinds/replicasets.ts';
import { replicationcontrollers } from '../../api/kinds/replicationcontrollers.ts';
import { type Selector, selectorOf } from '../../api/selectors.ts';
import type { ReplicaSet, ReplicationController } from '../../api/types.ts';

export type PodSet = ReplicaSet | ReplicationController;
export type PodSetStatus = NonNullable<ReplicaSet['status']>;

export interface PodSetKind {
  /** The controller's name. */
  controller: string;
  /** How many of them are worked on at once. */
  workers: 'concurrent-replicaset-syncs' | 'concurrent-rc-syncs';
  resource: ResourceName<PodSet>;
  /** Selects its pods; nothing when it says nothing. */
  selectorOf(set: PodSet): Selector;
  /** Of a status the part that the kind has fields for. */
  statusOf(status: PodSetStatus): PodSetStatus;
}

export const replicaSetKind: PodSetKind = {
  controller: 'replicaset-controller',
  workers: 'concurrent-replicaset-syncs',
  resource: replicasets,
  selectorOf: ({ spec }) => selectorOf((spec as ReplicaSet['spec'])?.selector),
  statusOf: (status) => status,
};

export const replicationControllerKind: PodSetKind = {
  controller: 'replicationcontroller-controller',
  workers: 'concurrent-rc-syncs',
  resource: replicationcontrollers,
  selectorOf({ spec }) {
    const { selector } = (spec ?? {}) as NonNullable<ReplicationController['spec']>;
    return selectorOf(selector && { matchLabels: selector });
  },
  statusOf: ({ terminatingReplicas: _, ...status }) => status,
};
