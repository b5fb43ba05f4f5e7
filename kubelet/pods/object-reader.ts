/**
 * ConfigMaps and Secrets that pods use, read when they are needed: at the start of a container, and when a pod's volumes
 * are refreshed. Reads of one object that are under way at the same time are one request.
 *
 * Upstream: pkg/kubelet/util/manager. Left out: keeping and watching what was read.
 */
import type { ResourceName } from '../../api/kind.ts';
import { configmaps } from '../../api/kinds/configmaps.ts';
import { secrets } from '../../api/kinds/secrets.ts';
import type { ConfigMap, KubeObject, Secret } from '../../api/types.ts';
import type { RestClient } from '../../client/rest.ts';

export class ObjectReader {
  readonly #client: RestClient;
  readonly #underWay = new Map<string, Promise<KubeObject>>();

  constructor(client: RestClient) {
    this.#client = client;
  }

  configMap = (namespace: string, name: string): Promise<ConfigMap> => this.#get(configmaps, namespace, name);

  secret = (namespace: string, name: string): Promise<Secret> => this.#get(secrets, namespace, name);

  #get<T extends KubeObject>(resource: ResourceName<T>, namespace: string, name: string): Promise<T> {
    const key = `${resource.plural}/${namespace}/${name}`;
    let read = this.#underWay.get(key) as Promise<T> | undefined;
    if (!read) {
      read = this.#client
        .of(resource)
        .get(name, namespace)
        .finally(() => this.#underWay.delete(key));
      this.#underWay.set(key, read);
    }
    return read;
  }
}
