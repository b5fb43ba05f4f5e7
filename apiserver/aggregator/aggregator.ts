/**
 * Aggregation: group versions that other servers serve, behind this one. APIService objects say which and where; requests for them are
 * passed on, discovery lists them among its own, and a condition says whether they can be asked.
 *
 * Upstream: kube-aggregator/pkg/apiserver, pkg/controllers/status
 */
import { isConditionTrue, rfc3339, withCondition } from '../../api/meta.ts';
import type { APIService, KubeObject } from '../../api/types.ts';
import { runController } from '../../client/controller.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Change } from '../cache/watch-cache.ts';
import type { GroupVersion } from '../discovery/groups.ts';
import type { Registry } from '../registry/registry.ts';
import type { Resource } from '../registry/resource.ts';
import { update } from '../registry/update.ts';
import { ownWrite } from '../registry/write-options.ts';
import { type Call, type Reply, text } from '../request/call.ts';
import { type Availability, checkAvailability, conditionOf, isRemote } from './availability.ts';
import { openApiHashes } from './openapi-hashes.ts';
import { type ProxyClient, Remote } from './remote.ts';

/** How long a finding counts. */
const recheckMs = 30_000;
const retryMs = 2000;

/** What is known of a server. */
interface Known {
  remote: Remote;
  listed?: GroupVersion;
  /** Of its OpenAPI documents, by their path below `/openapi/v3/`. */
  hashes: ReadonlyMap<string, string>;
}

export class Aggregator {
  readonly #registry: Registry;
  readonly #client: ProxyClient;
  readonly #services: Resource;
  /** By the name of the APIService: `v1.example.com`. */
  readonly #known = new Map<string, Known>();
  readonly #queue = new WorkQueue();
  #version = 0;

  constructor(registry: Registry, client: ProxyClient) {
    this.#registry = registry;
    this.#client = client;
    this.#services = registry.resources.must('apiregistration.k8s.io', 'apiservices');
  }

  /** Follows the APIServices until the signal aborts. */
  start(signal: AbortSignal): void {
    const { resources, logger } = this.#registry;
    const all = (): void => this.#load();
    const unsubscribe = [
      this.#services.cache.subscribe({ changed: (changes) => this.#changed(changes), lost: all }),
      ...[resources.must('', 'services'), resources.must('discovery.k8s.io', 'endpointslices')].map(({ cache }) =>
        cache.subscribe({ changed: (changes) => this.#serviceChanged(changes), lost: all }),
      ),
    ];
    const stop = (): void => {
      for (const end of unsubscribe) end();
    };
    signal.addEventListener('abort', stop, { once: true });
    all();
    const reconcile = (name: string) => this.#reconcile(name);
    void runController({ name: 'apiservice-availability', queue: this.#queue, workers: 2, reconcile, logger }, signal);
  }

  /** Changes with what is to be listed in discovery. */
  get version(): number {
    return this.#version;
  }

  /** The group versions that are served elsewhere and have answered once. */
  groupVersions(): GroupVersion[] {
    return [...this.#known.values()].flatMap(({ listed }) => (listed ? [listed] : []));
  }

  /** The OpenAPI documents that are served elsewhere. */
  openApi(): ReadonlyMap<string, string> {
    return new Map([...this.#known.values()].flatMap(({ hashes }) => [...hashes]));
  }

  /** The answer to a request that is another server's to answer; undefined for any other. */
  answer(call: Call): Promise<Reply> | undefined {
    if (this.#known.size === 0) return undefined;
    const name = apiServiceOf(call.info.path);
    const known = name === undefined ? undefined : this.#known.get(name);
    if (!known) return undefined;
    const { object } = this.#services.cache.get(name!) ?? {};
    const { conditions } = (object as APIService | undefined)?.status ?? {};
    if (!isConditionTrue(conditions, 'Available')) return Promise.resolve(text(503, 'service unavailable\n'));
    return known.remote.proxy(call);
  }

  #load(): void {
    const names = new Set(this.#services.cache.list().map(({ key }) => key));
    for (const name of new Set([...names, ...this.#known.keys()])) this.#take(name);
  }

  #changed(changes: Change[]): void {
    for (const { entry } of changes) this.#take(entry.key);
  }

  /** Takes over what the APIService says now, at once: requests that follow go where it leads. */
  #take(name: string): void {
    const service = this.#services.cache.get(name)?.object as APIService | undefined;
    const known = this.#known.get(name);
    if (!service || !isRemote(service)) {
      if (this.#known.delete(name)) this.#version += 1;
      return;
    }
    if (known && JSON.stringify(known.remote.service.spec) === JSON.stringify(service.spec)) return;
    const { resources } = this.#registry;
    this.#known.set(name, { hashes: new Map(), ...known, remote: new Remote(service, resources, this.#client) });
    this.#queue.add(name);
  }

  #serviceChanged(changes: Change[]): void {
    if (this.#known.size === 0) return;
    const changed = new Set(changes.map(({ entry }) => serviceKeyOf(entry.object)));
    for (const [name, { remote }] of this.#known) {
      const { namespace, name: service } = remote.service.spec!.service!;
      if (changed.has(`${namespace}/${service}`)) this.#queue.add(name);
    }
  }

  async #reconcile(name: string): Promise<{ requeueAfterMs: number } | undefined> {
    const known = this.#known.get(name);
    if (!known) return undefined;
    const found = await checkAvailability(known.remote, this.#registry.resources);
    if (this.#known.get(name) !== known) return undefined;
    await this.#list(known, found);
    await this.#writeCondition(name, found);
    return { requeueAfterMs: found.available ? recheckMs : retryMs };
  }

  async #list(known: Known, { resources }: Availability): Promise<void> {
    if (!resources) {
      if (known.listed && !known.listed.stale) {
        known.listed = { ...known.listed, stale: true };
        this.#version += 1;
      }
      return;
    }
    const { group = '', version = '' } = known.remote.service.spec!;
    const hashes = await openApiHashes(known.remote);
    const before = JSON.stringify([known.listed, [...known.hashes]]);
    known.listed = { group, version, resources };
    known.hashes = hashes;
    if (JSON.stringify([known.listed, [...hashes]]) !== before) this.#version += 1;
  }

  async #writeCondition(name: string, found: Availability): Promise<void> {
    const now = rfc3339(this.#registry.now());
    const change = (stored: KubeObject): KubeObject => {
      const { status, ...rest } = stored as APIService;
      const conditions = withCondition(status?.conditions, conditionOf(found), now);
      return { ...rest, status: { ...status, conditions } } as KubeObject;
    };
    const { conditions } = (this.#services.cache.get(name)?.object as APIService | undefined)?.status ?? {};
    const current = conditions?.find(({ type }) => type === 'Available');
    if (current?.message === found.message && current.reason === found.reason) return;
    const options = { ...ownWrite('kube-apiserver'), subresource: 'status' };
    await update(this.#registry, this.#services, '', name, change, options);
  }
}

/** `/apis/example.com/v1/...` and `/openapi/v3/apis/example.com/v1` -> `v1.example.com` */
function apiServiceOf(path: string): string | undefined {
  const [, group, version] = /^(?:\/openapi\/v3)?\/apis\/([^/]+)\/([^/]+)(?:\/|$)/.exec(path) ?? [];
  return group === undefined ? undefined : `${version}.${group}`;
}

/** The Service that a Service or an EndpointSlice is about. */
const serviceKeyOf = ({ kind, metadata }: KubeObject): string =>
  `${metadata.namespace}/${kind === 'Service' ? metadata.name : metadata.labels?.['kubernetes.io/service-name']}`;
