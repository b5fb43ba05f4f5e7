/**
 * How many pods the controller of a pod is asked for: from the copies that the process has of the built-in workloads, and
 * from the `scale` subresource of anything else.
 * Upstream: pkg/controller/disruption/disruption.go (finders)
 */
import { ApiError } from '../../api/errors.ts';
import type { ResourceName } from '../../api/kind.ts';
import { deployments } from '../../api/kinds/deployments.ts';
import { replicasets } from '../../api/kinds/replicasets.ts';
import { replicationcontrollers } from '../../api/kinds/replicationcontrollers.ts';
import { statefulsets } from '../../api/kinds/statefulsets.ts';
import { controllerOf } from '../../api/meta.ts';
import type { KubeObject, OwnerReference, Scale } from '../../api/types.ts';
import type { Informer } from '../../client/informer.ts';
import type { Context } from '../context.ts';
import { type DiscoveredResource, discover } from '../discovery.ts';
import { type ControllerScale, CountError } from './plan.ts';

type Workload = KubeObject & { spec?: { replicas?: number } };

const workloads = [replicationcontrollers, replicasets, deployments, statefulsets] as ResourceName<Workload>[];

/** What the server serves is asked for again after that long. */
const discoveryPeriodMs = 30_000;

export class ControllerScales {
  readonly #context: Context;
  readonly #copies: Map<string, Informer<Workload>>;
  #resources: DiscoveredResource[] = [];
  #discoveredAt = -Infinity;

  constructor(context: Context) {
    this.#context = context;
    this.#copies = new Map(workloads.map((kind) => [`${kind.group}/${kind.kind}`, context.informers.of(kind)]));
  }

  /** Undefined when there is no such controller any more. Throws a `CountError` for one that has no scale. */
  async of(controller: OwnerReference, namespace: string): Promise<ControllerScale | undefined> {
    return this.#known(controller, namespace) ?? this.#asked(controller, namespace);
  }

  #known({ apiVersion, kind, name, uid }: OwnerReference, namespace: string): ControllerScale | undefined {
    const workload = this.#copies.get(`${groupOf(apiVersion)}/${kind}`)?.get(`${namespace}/${name}`);
    if (workload?.metadata.uid !== uid) return undefined;
    // During a rollout a Deployment has several ReplicaSets, none of which tells how many pods there should be.
    const parent = controllerOf(workload);
    if (kind === 'ReplicaSet' && parent?.kind === 'Deployment') return this.#known(parent, namespace);
    return { uid, replicas: workload.spec?.replicas ?? 1 };
  }

  async #asked(
    { apiVersion, kind, name, uid }: OwnerReference,
    namespace: string,
  ): Promise<ControllerScale | undefined> {
    const { client } = this.#context;
    const group = groupOf(apiVersion);
    const resource = (await this.#discovered()).find((r) => r.group === group && r.kind === kind);
    if (!resource) throw new CountError(`no matches for kind "${kind}" in version "${apiVersion}"`);
    if (!resource.subresources.includes('scale')) {
      const groupResource = group ? `${resource.plural}.${group}` : resource.plural;
      throw new CountError(`${groupResource} does not implement the scale subresource`);
    }
    try {
      const scale = await client.json<Scale>({ path: client.of(resource).path(namespace, name, 'scale') });
      return scale.metadata.uid === uid ? { uid, replicas: scale.spec?.replicas ?? 0 } : undefined;
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  async #discovered(): Promise<DiscoveredResource[]> {
    const { client, now } = this.#context;
    if (now() - this.#discoveredAt > discoveryPeriodMs) {
      this.#resources = await discover(client);
      this.#discoveredAt = now();
    }
    return this.#resources;
  }
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? apiVersion.split('/')[0]! : '');
