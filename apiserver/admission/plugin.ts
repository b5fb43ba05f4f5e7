/**
 * Admission: plugins that may change an object that is about to be written, and then refuse it. One file each; the list
 * and its order are in `chain.ts`.
 *
 * Upstream: apiserver/pkg/admission
 */
import type { KubeObject } from '../../api/types.ts';
import type { User } from '../authn/user.ts';
import type { Resource } from '../registry/resource.ts';
import type { Served } from '../registry/served.ts';
import type { Guard } from '../storage/guard.ts';

/** What is about to happen. */
export interface Admission {
  operation: 'create' | 'update' | 'delete';
  resource: Resource;
  subresource: string;
  namespace: string;
  name: string;
  user: User;
  dryRun: boolean;
  /** Absent on delete. `mutate` changes it in place. */
  object?: KubeObject;
  /** What is stored, on update. Must not be changed. */
  old?: KubeObject;
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
