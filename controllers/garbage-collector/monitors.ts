/**
 * Keeps a metadata-only copy of every kind of object that the server can list, watch and delete, kinds that are added
 * later included. A kind of which the process has a full copy already is read from that.
 *
 * Upstream: pkg/controller/garbagecollector/graph_builder.go (syncMonitors)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeObject } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import { type ChangeHandler, Informer, waitForSync } from '../../client/informer.ts';
import type { RestClient } from '../../client/rest.ts';
import { type DiscoveredResource, discover } from '../discovery.ts';
import type { SharedInformers } from '../shared-informers.ts';

/** How often the server is asked for its kinds. */
const discoveryPeriodMs = 30_000;
const retryMs = 1_000;
/** Kinds that come or go at once, as when an operator is installed, are asked for once. */
const settleMs = 200;
/** A kind whose objects cannot be listed does not hold up the others for longer than this. */
const syncTimeoutMs = 30_000;

const needed = ['list', 'watch', 'delete'];

interface Monitor {
  resource: DiscoveredResource;
  informer: Informer<KubeObject>;
  stop: AbortController;
}

export interface MonitorDeps {
  client: RestClient;
  informers: SharedInformers;
  logger: Logger;
  /** Called for every change of every object. */
  onChange(resource: DiscoveredResource): ChangeHandler<KubeObject>;
  /** The server has the resource no longer. */
  onGone(resource: DiscoveredResource): void;
}

export class Monitors {
  readonly #deps: MonitorDeps;
  readonly #monitors = new Map<string, Monitor>();
  #resources: DiscoveredResource[] = [];
  /** Whether kinds have come or gone since the server was asked, and how the one who waits is told. */
  #outdated = false;
  #wake = (): void => undefined;

  constructor(deps: MonitorDeps) {
    this.#deps = deps;
  }

  /** The resource of an owner reference; undefined when the server has none. */
  resourceOf(apiVersion: string, kind: string): DiscoveredResource | undefined {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    return this.#resources.find((r) => r.group === group && r.kind === kind && !r.plural.includes('/'));
  }

  /** Finds the server's kinds and begins to watch those that are new. Resolves when their objects are known. */
  async refresh(signal: AbortSignal): Promise<void> {
    this.#outdated = false;
    this.#resources = await discover(this.#deps.client);
    const wanted = new Map(this.#resources.filter(isMonitored).map((resource) => [keyOf(resource), resource]));
    for (const [key, monitor] of this.#monitors) if (!wanted.has(key)) this.#end(key, monitor);
    for (const [key, resource] of wanted) if (!this.#monitors.has(key)) this.#begin(key, resource, signal);
    const all = [...this.#monitors.values()].map(({ informer }) => informer);
    await waitForSync(all, AbortSignal.any([signal, AbortSignal.timeout(syncTimeoutMs)]));
  }

  /** Refreshes from time to time, until `signal` aborts. Calls `ready` each time that it has succeeded. */
  async run(signal: AbortSignal, ready: () => void): Promise<void> {
    while (!signal.aborted) {
      const done = await this.refresh(signal).then(
        () => true,
        (error) => {
          if (!signal.aborted) this.#deps.logger.warn({ err: error }, 'Discovery failed, will retry');
          return false;
        },
      );
      if (done) ready();
      await sleep(settleMs, undefined, { signal }).catch(() => undefined);
      if (!this.#outdated) await this.#pause(done ? discoveryPeriodMs : retryMs, signal);
    }
  }

  /** Waits, but no longer than until kinds come or go. */
  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(ms, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
  }

  #begin(key: string, resource: DiscoveredResource, signal: AbortSignal): void {
    const { client, informers, logger, onChange } = this.#deps;
    const stop = new AbortController();
    const shared = informers.existing(resource);
    const informer = shared ?? new Informer<KubeObject>(client, resource, { metadataOnly: true, logger });
    const handler = onChange(resource);
    informer.onChange((...change) => {
      if (stop.signal.aborted) return;
      handler(...change);
      if (!definesKinds(resource)) return;
      this.#outdated = true;
      this.#wake();
    });
    if (!shared) informer.start(AbortSignal.any([signal, stop.signal]));
    this.#monitors.set(key, { resource, informer, stop });
  }

  #end(key: string, { resource, stop }: Monitor): void {
    stop.abort();
    this.#monitors.delete(key);
    this.#deps.onGone(resource);
  }
}

const definesKinds = ({ group, plural }: DiscoveredResource): boolean =>
  group === 'apiextensions.k8s.io' && plural === 'customresourcedefinitions';

/** Events are many, own nothing and expire by themselves. */
const isMonitored = ({ plural, verbs }: DiscoveredResource): boolean =>
  plural !== 'events' && needed.every((verb) => verbs.includes(verb));

const keyOf = ({ group, version, plural }: DiscoveredResource): string => `${group}/${version}/${plural}`;
