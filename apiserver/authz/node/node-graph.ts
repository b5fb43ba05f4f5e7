/**
 * What the pods of each node use. It follows the caches of pods and volumes by noting which keys have changed, and looks at
 * those when it is asked: a cluster without kubelets' questions pays for a note only.
 *
 *     node <- pod <- secret, configmap, service account, resource claim, claim of a volume
 *     node <- pod <- claim <- volume <- secret
 *     node <- volume attachment, resource slice
 *
 * Upstream: plugin/pkg/auth/authorizer/node/{graph,graph_populator}.go
 */
import {
  claimNamesOf,
  configMapNamesOf,
  resourceClaimNamesOf,
  secretNamesOf,
  secretsOfPersistentVolume,
} from '../../../api/pod-references.ts';
import { isMirrorPod } from '../../../api/pods.ts';
import type { KubeObject, PersistentVolume, Pod, ResourceSlice, VolumeAttachment } from '../../../api/types.ts';
import type { WatchCache } from '../../cache/watch-cache.ts';
import type { Resources } from '../../registry/resources.ts';
import { ReferenceIndex } from './reference-index.ts';

export type UsedKind =
  | 'configmaps'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'pods'
  | 'resourceclaims'
  | 'resourceslices'
  | 'secrets'
  | 'serviceaccounts'
  | 'volumeattachments';

export class NodeGraph {
  readonly #resources: Resources;
  /** Pods, by what they use, to the node of each. */
  readonly #users = new ReferenceIndex();
  /** Volumes, by their secrets, to the claim of each. */
  readonly #volumes = new ReferenceIndex();
  readonly #followed: Followed[];

  constructor(resources: Resources) {
    this.#resources = resources;
    this.#followed = [
      new Followed(this.#cache('', 'pods'), this.#users, referencesOfPod),
      new Followed(this.#cache('', 'persistentvolumes'), this.#volumes, referencesOfVolume),
    ];
  }

  /** Whether the object has to do with the node. */
  uses(node: string, kind: UsedKind, namespace: string, name: string): boolean {
    for (const followed of this.#followed) followed.catchUp();
    const key = `${namespace}/${name}`;
    switch (kind) {
      case 'pods':
        return this.#find<Pod>('', 'pods', key)?.spec?.nodeName === node;
      case 'persistentvolumes': {
        const claim = this.#find<PersistentVolume>('', 'persistentvolumes', name)?.spec?.claimRef;
        return claim !== undefined && this.#users.has(`persistentvolumeclaims/${claim.namespace}/${claim.name}`, node);
      }
      case 'volumeattachments':
        return this.#find<VolumeAttachment>('storage.k8s.io', kind, name)?.spec?.nodeName === node;
      case 'resourceslices':
        return this.#find<ResourceSlice>('resource.k8s.io', kind, name)?.spec?.nodeName === node;
      case 'secrets':
        return this.#users.has(`secrets/${key}`, node) || this.#volumeUses(node, key);
      default:
        return this.#users.has(`${kind}/${key}`, node);
    }
  }

  #volumeUses(node: string, secret: string): boolean {
    for (const claim of this.#volumes.of(`secrets/${secret}`)) if (this.#users.has(claim, node)) return true;
    return false;
  }

  #cache(group: string, plural: string): WatchCache {
    return this.#resources.must(group, plural).cache;
  }

  #find<T extends KubeObject>(group: string, plural: string, key: string): T | undefined {
    return this.#cache(group, plural).get(key)?.object as T | undefined;
  }
}

/** What an object refers to, and the value that it stands for; undefined when it opens nothing to anybody. */
type References = (object: KubeObject) => { value: string; targets: string[] } | undefined;

/** From this many changes on it is as well to look at everything. */
const maxNotes = 10_000;

/** An index that is kept by a cache. */
class Followed {
  readonly #cache: WatchCache;
  readonly #index: ReferenceIndex;
  readonly #references: References;
  readonly #changed = new Set<string>();
  #lost = true;

  constructor(cache: WatchCache, index: ReferenceIndex, references: References) {
    this.#cache = cache;
    this.#index = index;
    this.#references = references;
    cache.subscribe({
      changed: (changes) => {
        if (this.#lost) return;
        for (const { entry } of changes) this.#changed.add(entry.key);
        // Nobody has asked for long.
        if (this.#changed.size > maxNotes) this.#forget();
      },
      lost: () => this.#forget(),
    });
  }

  /** Looks at everything anew, when it is asked. */
  #forget(): void {
    this.#lost = true;
    this.#changed.clear();
    this.#index.clear();
  }

  catchUp(): void {
    if (this.#lost) {
      this.#lost = false;
      for (const { key } of this.#cache.list()) this.#look(key);
    }
    for (const key of this.#changed) this.#look(key);
    this.#changed.clear();
  }

  #look(key: string): void {
    const object = this.#cache.get(key)?.object;
    const references = object && this.#references(object);
    if (references) this.#index.set(key, references.value, references.targets);
    else this.#index.delete(key);
  }
}

function referencesOfPod(object: KubeObject): ReturnType<References> {
  const pod = object as Pod;
  const { metadata, spec } = pod;
  // What a kubelet has made itself must not open anything to it.
  if (!spec?.nodeName || isMirrorPod(pod)) return undefined;
  const inNamespace = (kind: UsedKind, names: string[]): string[] =>
    [...new Set(names)].map((name) => `${kind}/${metadata.namespace}/${name}`);
  return {
    value: spec.nodeName,
    targets: [
      ...inNamespace('serviceaccounts', spec.serviceAccountName ? [spec.serviceAccountName] : []),
      ...inNamespace('secrets', secretNamesOf(pod)),
      ...inNamespace('configmaps', configMapNamesOf(pod)),
      ...inNamespace('persistentvolumeclaims', claimNamesOf(pod)),
      ...inNamespace('resourceclaims', resourceClaimNamesOf(pod)),
    ],
  };
}

function referencesOfVolume(object: KubeObject): ReturnType<References> {
  const volume = object as PersistentVolume;
  const claim = volume.spec?.claimRef;
  if (!claim) return undefined;
  return {
    value: `persistentvolumeclaims/${claim.namespace}/${claim.name}`,
    targets: secretsOfPersistentVolume(volume).map(({ namespace, name }) => `secrets/${namespace}/${name}`),
  };
}
