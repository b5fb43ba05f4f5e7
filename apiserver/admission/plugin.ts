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

/** Gives back what was reserved; called once the write has succeeded or failed. */
export type Release = () => void;

export interface AdmissionPlugin {
  /** Kubernetes' name of the plugin. */
  name: string;
  /** Runs before validation, in order. */
  mutate?(admission: Admission): Promise<void> | void;
  /** Runs after validation. Throws to refuse. */
  validate?(admission: Admission): Promise<void> | void;
  /** Runs last: takes what only one object may have, and says by `defer` how it is given back. */
  reserve?(admission: Admission, defer: (release: Release) => void): Promise<void> | void;
}
