/**
 * ConfigMaps and Secrets that pods use, read when they are needed. What was just read is shared for a moment, so that a
 * pod of ten containers does not ask ten times; a pod's minutely resync therefore sees changes.
 *
 * Upstream: pkg/kubelet/util/manager (cache based manager). Left out: watching each object.
 */

import type { ResourceName } from '../../api/kind.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import type { ConfigMap, KubeObject, Secret } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';

const freshMs = 1000;

export class ObjectCache {
  readonly #client: RestClient;
  readonly #reads = new Map<string, { at: number; object: Promise<KubeObject> }>();

  constructor(client: RestClient) {
    this.#client = client;
  }

  configMap = (namespace: string, name: string): Promise<ConfigMap> => this.#get(configmaps, namespace, name);

  secret = (namespace: string, name: string): Promise<Secret> => this.#get(secrets, namespace, name);

  #get<T extends KubeObject>(resource: ResourceName<T>, namespace: string, name: string): Promise<T> {
    const now = Date.now();
    for (const [key, read] of this.#reads) if (now - read.at > freshMs) this.#reads.delete(key);
    const key = `${resource.plural}/${namespace}/${name}`;
    let read = this.#reads.get(key);
    if (!read) {
      read = { at: now, object: this.#client.of(resource).get(name, namespace) };
      this.#reads.set(key, read);
    }
    return read.object as Promise<T>;
  }
}
