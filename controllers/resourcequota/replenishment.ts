/**
 * Tells when less may be used: watches the kinds that some quota counts, and only those, for objects that go. It keeps no copy of
 * them.
 *
 * Upstream: pkg/controller/resourcequota/resource_quota_monitor.go, which watches every kind
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '../../api/errors.ts';
import type { ResourceName } from '../../api/kind.ts';
import { countName } from '../../api/quota/counted-kinds.ts';
import type { KubeObject } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import { acceptMetadata, acceptMetadataList } from '../../client/informer.ts';
import type { RestClient } from '../../client/rest.ts';

/** Delay before a watch that has failed is begun anew. */
const retryMs = 1_000;

export interface ReplenishmentDeps {
  client: RestClient;
  logger: Logger;
  /** Something of the kind has gone from the namespace, or has changed so that it may use less. */
  onReplenished(kind: ResourceName, namespace: string): void;
  /** Something of the kind may have gone anywhere: the watch has a gap. */
  onGap(kind: ResourceName): void;
}

export class Replenishment {
  readonly #deps: ReplenishmentDeps;
  readonly #watches = new Map<string, { stop: AbortController; begun: Promise<void> }>();

  constructor(deps: ReplenishmentDeps) {
    this.#deps = deps;
  }

  /** Watches these kinds from now on, and no others; of those that `changes` names, changes as well. */
  watch(kinds: readonly ResourceName[], changes: (kind: ResourceName) => boolean, signal: AbortSignal): void {
    const wanted = new Map(kinds.map((kind) => [countName(kind), kind]));
    for (const [name, { stop }] of this.#watches) {
      if (wanted.has(name)) continue;
      stop.abort();
      this.#watches.delete(name);
    }
    for (const [name, kind] of wanted) {
      if (this.#watches.has(name)) continue;
      const stop = new AbortController();
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      this.#watches.set(name, { stop, begun });
      void this.#run(kind, changes(kind), resolve, AbortSignal.any([signal, stop.signal]));
    }
  }

  /** Resolves when nothing of these kinds that goes after that is missed, or will be told as a gap. */
  async begun(kinds: readonly ResourceName[]): Promise<void> {
    await Promise.all(kinds.map((kind) => this.#watches.get(countName(kind))?.begun));
  }

  async #run(kind: ResourceName, changes: boolean, begun: () => void, signal: AbortSignal): Promise<void> {
    const { client, logger, onReplenished, onGap } = this.#deps;
    const of = client.of<KubeObject>(kind);
    let version = '';
    let gap = false;
    while (!signal.aborted) {
      try {
        if (version === '') {
          version = (await of.list({ limit: 1, accept: acceptMetadataList })).metadata.resourceVersion ?? '';
          if (gap) onGap(kind);
          gap = false;
          begun();
        }
        const options = { resourceVersion: version, allowWatchBookmarks: true, accept: acceptMetadata, signal };
        for await (const { type, object } of of.watch(options)) {
          version = object.metadata.resourceVersion ?? version;
          if (type === 'DELETED' || (changes && type === 'MODIFIED')) {
            onReplenished(kind, object.metadata.namespace ?? '');
          }
        }
      } catch (error) {
        if (!signal.aborted) logger.debug({ resource: kind.plural, err: error }, 'Watch failed, will retry');
        version = '';
        gap = true;
        // A kind that cannot be listed does not hold up the others.
        begun();
        // Who counts it is to learn that the server has it no longer.
        if (error instanceof ApiError && error.code === 404) onGap(kind);
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
