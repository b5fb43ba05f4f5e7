/**
 * Admission: plugins that may change an object that is about to be written, and then refuse it. One file each; the list
 * and its order are in `chain.ts`.
 *
 * Upstream: apiserver/pkg/admission
 */
import type { ObjectType } from '../../api/object-type.ts';
import type { KubeObject } from '../../api/types.ts';
import type { DeleteOptions } from '../registry/deletion.ts';
import type { Resource } from '../registry/resource.ts';
import type { Served } from '../registry/served.ts';
import type { WriteOptions } from '../registry/write-options.ts';
import type { Guard } from '../storage/guard.ts';

/** What is about to happen. */
export interface Admission {
  operation: 'create' | 'update' | 'delete' | 'connect';
  /** The resource of the request's path. */
  resource: Resource;
  subresource: string;
  /** What `object` is: the kind of the resource, except for subresources that take an order: a Binding, an Eviction. */
  kind: { group: string; version: string; kind: string };
  /** The type of `object` where that is not of the resource's kind. */
  type?: ObjectType;
  namespace: string;
  name: string;
  /** Who writes, whether it counts, and where warnings and audit annotations go. */
  options: WriteOptions;
  /** Absent on delete. `mutate` changes it in place. */
  object?: KubeObject;
  /** What is stored, on update and delete. Must not be changed. */
  old?: KubeObject;
  /** How it is deleted. */
  deleteOptions?: DeleteOptions;
  /**
   * A plugin that changes objects late sets it to `wanted`: then all plugins that change objects run once more, and see
   * `running`.
   */
  again?: 'wanted' | 'running';
  /** For plugins that look at other objects. */
  served: Served;
}

/** A write of the object; it fails with a `GuardChangedError` when one of the guards has changed. */
export type GuardedWrite<T> = (guards: readonly Guard[]) => Promise<T>;

export interface AdmissionPlugin {
  /** Kubernetes' name of the plugin. */
  name: string;
  /** Runs before validation, in order. */
  mutate?(admission: Admission): Promise<void> | void;
  /** Runs after validation. Throws to refuse. */
  validate?(admission: Admission): Promise<void> | void;
  /** Runs last, around the write: takes what only one object may have, and writes under a guard of that. */
  reserve?<T>(admission: Admission, write: GuardedWrite<T>): Promise<T>;
}
