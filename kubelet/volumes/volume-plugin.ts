/**
 * What a kind of volume is: one file beside this one that exports a `VolumePlugin`, and a line in `registry.ts`.
 *
 * `setUp` is called before the pod starts and again every minute or so while it runs; it must be repeatable, and it is
 * how changed ConfigMaps reach running pods. What it throws becomes the event `FailedMount`.
 *
 * Upstream: pkg/volume/plugins.go
 */
import type { ConfigMap, Pod, Secret, Volume } from '../../api/types.ts';
import type { PodPlace } from '../container/field-value.ts';
import type { TokenSource } from './token-manager.ts';

export interface VolumeContext {
  pod: Pod;
  volume: Volume;
  /** The volume's own directory on the node; not made yet. */
  directory: string;
  place: PodPlace;
  allocatable: Readonly<Record<string, string>>;
  configMap(namespace: string, name: string): Promise<ConfigMap>;
  secret(namespace: string, name: string): Promise<Secret>;
  /** A token of the pod's account, bound to the pod. */
  serviceAccountToken(source: TokenSource): Promise<string>;
}

export interface VolumePlugin {
  /** The field of a pod's volume that selects this plugin, and its name in paths and messages. */
  source: keyof Volume;
  /** Makes the volume ready and resolves with the path to mount. */
  setUp(context: VolumeContext): Promise<string>;
  /** Undoes what removing the directory would not. */
  tearDown?(directory: string): Promise<void>;
  /** Containers may not write to it. */
  readOnly?: boolean;
}
