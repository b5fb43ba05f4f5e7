/**
 * Follows the CustomResourceDefinitions and serves what they define. Every API server does so on its own, from the watch of
 * the store, so that a definition made through one of them appears on all.
 *
 * A definition is first given its names, then its resources are put in place and their cache is filled, and then it is said
 * to be established: whoever sees that can use it at once.
 *
 * Upstream: apiextensions-apiserver/pkg/apiserver/{apiserver,customresource_handler,customresource_discovery_controller}.go
 */
import {
  type CustomResourceDefinition,
  cleanupFinalizer,
  type WebhookClientConfig,
} from '../../api/custom-resource-definition.ts';
import { rfc3339, withCondition } from '../../api/meta.ts';
import { isEqual } from '../../api/patch/json.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Feed } from '../cache/feed.ts';
import { WatchCache } from '../cache/watch-cache.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import { ownWrite } from '../registry/write-options.ts';
import { WebhookClient, type WebhookLimits } from '../webhook/client.ts';
import { awaitsCleanup, deleteObjects } from './cleanup.ts';
import { customConversion } from './conversion.ts';
import { customKind, schemaOf } from './custom-kind.ts';
import { customType } from './custom-type.ts';
import { hasNames, planStatus } from './status.ts';
import { webhookConverter } from './webhook.ts';

/** A conversion may be of a whole list. */
const conversionLimits: WebhookLimits = { timeoutSeconds: 30, maxAnswerBytes: 32 * 1024 * 1024 };

const clientConfigOf = ({ conversion }: CustomResourceDefinition['spec']): WebhookClientConfig =>
  conversion?.webhook?.clientConfig ?? {};

/** What is in place for a definition. */
interface Served {
  uid: string;
  prefix: string;
  cache: WatchCache;
  /** The definition that the resources were last compared with, and everything that they were made from, as text. */
  seen: CustomResourceDefinition;
  made: string;
  resources: Resource[];
  /** The version in which objects are stored, served or not. */
  storage: Resource;
  stopFollowing: () => void;
}

export class Definitions {
  readonly #registry: Registry;
  readonly #feed: Feed;
  readonly #definitions: Resource;
  /** By the definition's name. */
  readonly #served = new Map<string, Served>();
  /** The work on its resources, by the definition's name. */
  readonly #serving = new Map<string, Promise<void>>();
  readonly #queue = new WorkQueue();
  /** Ends when nobody is writing a status. */
  #turn: Promise<void> = Promise.resolve();

  constructor(registry: Registry, feed: Feed) {
    this.#registry = registry;
    this.#feed = feed;
    this.#definitions = registry.resources.must('apiextensions.k8s.io', 'customresourcedefinitions');
  }

  /** Puts in place what is defined now, then follows until the signal aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const { cache } = this.#definitions;
    const all = (): void => {
      for (const { key } of cache.list()) this.#queue.add(key);
    };
    const unsubscribe = cache.subscribe({
      changed: (changes) => {
        for (const { entry } of changes) this.#changed(entry.key);
      },
      // The cache has been filled anew.
      lost: () => {
        for (const name of this.#served.keys()) this.#queue.add(name);
        all();
      },
    });
    signal.addEventListener('abort', unsubscribe, { once: true });
    const { logger } = this.#registry;
    for (const { key } of cache.list()) {
      // One that cannot be served must not keep the server from serving the others.
      const failed = (err: unknown): void => logger.error({ err, name: key }, 'Cannot serve a definition');
      await this.#serve(key).catch(failed);
    }
    all();
    const reconcile = (name: string): Promise<void> => this.#reconcile(name);
    void runController({ name: 'crd', queue: this.#queue, workers: 4, reconcile, logger }, signal);
  }

  /** A definition of the same group may want a name that has become free. */
  #changed(name: string): void {
    const group = name.slice(name.indexOf('.') + 1);
    for (const { key } of this.#definitions.cache.list()) if (key.endsWith(`.${group}`)) this.#queue.add(key);
    this.#queue.add(name);
  }

  #get(name: string): CustomResourceDefinition | undefined {
    return this.#definitions.cache.get(name)?.object as CustomResourceDefinition | undefined;
  }

  async #reconcile(name: string): Promise<void> {
    const definition = this.#get(name);
    if (!definition || (this.#served.has(name) && this.#served.get(name)!.uid !== definition.metadata.uid)) {
      this.#stopServing(name);
    }
    if (!definition) return;
    await this.#serve(name);
    if (awaitsCleanup(definition)) return this.#cleanUp(name, definition);
    // Names are given to one definition at a time, which sees what the one before it has got.
    const written = this.#turn.then(() => this.#writeStatus(name));
    this.#turn = written.catch(() => undefined);
    await written;
  }

  async #writeStatus(name: string): Promise<void> {
    const definition = this.#get(name);
    if (!definition || awaitsCleanup(definition)) return;
    const all = this.#definitions.cache.list().map(({ object }) => object as CustomResourceDefinition);
    const now = rfc3339(this.#registry.now());
    const status = planStatus(definition, all, this.#served.has(name), now);
    if (isEqual(status, definition.status)) return;
    await this.#update(name, definition, { status });
  }

  async #cleanUp(name: string, definition: CustomResourceDefinition): Promise<void> {
    const { done, condition } = await deleteObjects(this.#registry, definition, this.#served.get(name)?.storage);
    const { metadata, status } = definition;
    const conditions = withCondition(status?.conditions, condition, rfc3339(this.#registry.now()));
    const finalizers = (metadata.finalizers ?? []).filter((one) => !(done && one === cleanupFinalizer));
    if (!done && isEqual(conditions, status?.conditions)) return;
    await this.#update(name, definition, { status: { ...status, conditions }, metadata: { ...metadata, finalizers } });
  }

  /** Writes a change that was decided on this state of the definition, and waits until the cache has it. */
  async #update(
    name: string,
    definition: CustomResourceDefinition,
    parts: Partial<CustomResourceDefinition>,
  ): Promise<void> {
    const changed = { ...definition, ...parts };
    const change = () => structuredClone(changed);
    const options = { ...ownWrite('kube-apiserver'), subresource: 'status' };
    const { revision } = await update(this.#registry, this.#definitions, '', name, change, options);
    await this.#registry.reads.atLeast(revision);
  }

  /**
   * The resource behind a URL that is not among those in place: one that was defined a moment ago, perhaps through another
   * server, is put in place first.
   */
  async find(group: string, version: string, plural: string): Promise<Resource | undefined> {
    await this.#registry.reads.fresh();
    await this.#serve(`${plural}.${group}`);
    return this.#registry.resources.find(group, version, plural);
  }

  /** Makes the resources of a definition that has its names, or makes them anew when it has changed; one at a time. */
  #serve(name: string): Promise<void> {
    const before = this.#serving.get(name) ?? Promise.resolve();
    const now = before.catch(() => undefined).then(() => this.#serveOnce(name));
    this.#serving.set(name, now);
    const forget = (): void => {
      if (this.#serving.get(name) === now) this.#serving.delete(name);
    };
    now.then(forget, forget);
    return now;
  }

  async #serveOnce(name: string): Promise<void> {
    const definition = this.#get(name);
    const served = this.#served.get(name);
    if (!definition || !hasNames(definition) || served?.seen === definition) return;
    const { metadata, spec, status } = definition;
    const made = JSON.stringify([spec, status?.acceptedNames, metadata.deletionTimestamp !== undefined]);
    if (served?.made === made) {
      served.seen = definition;
      return;
    }
    const { resources: set, logger } = this.#registry;
    const prefix = `/registry/${spec.group}/${status!.acceptedNames!.plural}/`;
    if (!served && set.all().some((resource) => resource.prefix === prefix)) {
      logger.warn({ name }, 'A definition is of a kind that is built in: it is not served');
      return;
    }
    const cache =
      served?.cache ?? (await this.#newCache(prefix, { group: spec.group, plural: status!.acceptedNames!.plural }));
    const all = this.#resourcesOf(definition, prefix, cache);
    const resources = all.filter((_, i) => spec.versions[i]!.served);
    const storage = all[spec.versions.findIndex((version) => version.storage)]!;
    const stopFollowing = served?.stopFollowing ?? this.#follow(name, cache);
    set.replace(served?.resources ?? [], resources);
    const uid = metadata.uid!;
    this.#served.set(name, { uid, prefix, cache, seen: definition, made, resources, storage, stopFollowing });
    // Whoever watches sees objects as they were defined before, and must begin again.
    if (served) cache.end();
  }

  async #newCache(prefix: string, kind: { group: string; plural: string }): Promise<WatchCache> {
    const { resources } = this.#registry;
    const cache = new WatchCache();
    resources.prepare(prefix, cache, kind);
    await this.#feed.fill(cache, prefix);
    return cache;
  }

  #resourcesOf(definition: CustomResourceDefinition, prefix: string, cache: WatchCache): Resource[] {
    const { spec } = definition;
    const converter =
      spec.conversion?.strategy === 'Webhook'
        ? webhookConverter(
            definition,
            new WebhookClient(this.#registry.resources, clientConfigOf(spec), conversionLimits),
          )
        : undefined;
    return spec.versions.map((version) => ({
      kind: customKind(definition, version),
      type: customType(schemaOf(version)),
      prefix,
      cache,
      conversion: customConversion(definition, version, converter),
    }));
  }

  /** The last object to go lets its definition go. */
  #follow(name: string, cache: WatchCache): () => void {
    return cache.subscribe({
      changed: () => {
        const definition = this.#get(name);
        if (definition && awaitsCleanup(definition)) this.#queue.add(name);
      },
      lost: () => undefined,
    });
  }

  #stopServing(name: string): void {
    const served = this.#served.get(name);
    if (!served) return;
    this.#served.delete(name);
    served.stopFollowing();
    this.#registry.resources.replace(served.resources, []);
    served.cache.end();
  }
}
