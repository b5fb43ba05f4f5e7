/**
 * One informer a kind for all controllers of the process, with the indexes that they share.
 * Upstream: client-go/informers/factory.go
 */
import type { ResourceName } from '../api/kind.ts';
import type { KubeObject, Pod } from '../api/types.ts';
import type { Logger } from '../client/component/log.ts';
import { byNamespace, byOwner, Informer, waitForSync } from '../client/informer.ts';
import type { RestClient } from '../client/rest.ts';

/** Objects that name the node they run on. */
const byNode = (object: KubeObject): string[] => {
  const node = (object as Pod).spec?.nodeName;
  return node ? [node] : [];
};

export class SharedInformers {
  readonly #client: RestClient;
  readonly #logger: Logger;
  readonly #informers = new Map<string, Informer<KubeObject>>();

  constructor(client: RestClient, logger: Logger) {
    this.#client = client;
    this.#logger = logger;
  }

  /** The kind's informer, indexed by `namespace`, by `owner` (the controller's uid) and by `node`. */
  of<T extends KubeObject>(resource: ResourceName<T>): Informer<T> {
    const name = `${resource.plural}.${resource.group}`;
    const known = this.#informers.get(name);
    if (known) return known as unknown as Informer<T>;
    const indexes = { namespace: byNamespace, owner: byOwner, node: byNode };
    const informer = new Informer<T>(this.#client, resource, { indexes, logger: this.#logger });
    this.#informers.set(name, informer as unknown as Informer<KubeObject>);
    return informer;
  }

  /** The informer of that resource, if a controller asked for one. */
  existing({ plural, group }: ResourceName): Informer<KubeObject> | undefined {
    return this.#informers.get(`${plural}.${group}`);
  }

  /** Starts every informer that was asked for so far. */
  start(signal: AbortSignal): void {
    for (const informer of this.#informers.values()) informer.start(signal);
  }

  get hasSynced(): boolean {
    return [...this.#informers.values()].every((informer) => informer.hasSynced);
  }

  /** False when `signal` aborted first. */
  waitForSync(signal: AbortSignal): Promise<boolean> {
    return waitForSync(this.#informers.values(), signal);
  }
}
