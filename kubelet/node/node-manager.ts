/**
 * Keeps this node's object: registers it, reports its status when it changes and every five minutes, and tells the
 * runtime the node's range of pod addresses.
 *
 * Upstream: pkg/kubelet/kubelet_node_status.go
 */
import { isDeepStrictEqual } from 'node:util';
import { ApiError } from '../../api/errors.ts';
import { nodes } from '../../api/kinds/nodes.ts';
import { isConditionTrue } from '../../api/meta.ts';
import type { Node, Taint } from '../../api/types.ts';
import type { Logger } from '../../client/component/log.ts';
import { runController } from '../../client/controller.ts';
import type { EventRecorder, EventSubject } from '../../client/events.ts';
import { Informer } from '../../client/informer.ts';
import type { RestClient } from '../../client/rest.ts';
import { WorkQueue } from '../../client/work-queue.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { type Machine, readFree } from './machine.ts';
import { newNode, nodeLabels } from './node-labels.ts';
import { nodeStatus, withoutHeartbeats } from './node-status.ts';

export interface NodeOptions {
  name: string;
  nodeIP: string;
  port: number;
  maxPods: number;
  labels: Record<string, string>;
  taints: Taint[];
  /** Whether the kubelet makes the object when there is none. */
  register: boolean;
  statusUpdateMs: number;
  statusReportMs: number;
  rootDirectory: string;
}

/** Events about a node name it as their subject's UID, which is how `describe node` finds them. */
const nodeSubject = (name: string): EventSubject => ({ kind: 'Node', apiVersion: 'v1', name, uid: name });

export class NodeManager {
  readonly #client: RestClient;
  readonly #runtime: Runtime;
  readonly #machine: Machine;
  readonly #options: NodeOptions;
  readonly #recorder: Pick<EventRecorder, 'event'>;
  readonly #logger: Logger;
  readonly #queue = new WorkQueue({ baseMs: 200, maxMs: 10_000 });
  readonly #informer: Informer<Node>;
  #written: Node | undefined;
  #reportedAt = 0;
  #podCidr = '';

  constructor(
    client: RestClient,
    runtime: Runtime,
    machine: Machine,
    options: NodeOptions,
    recorder: Pick<EventRecorder, 'event'>,
    logger: Logger,
  ) {
    this.#client = client;
    this.#runtime = runtime;
    this.#machine = machine;
    this.#options = options;
    this.#recorder = recorder;
    this.#logger = logger;
    this.#informer = new Informer(client, nodes, { fieldSelector: `metadata.name=${options.name}`, logger });
  }

  /** The node as it was seen last; undefined before it is registered. */
  get node(): Node | undefined {
    return this.#informer.get(this.#options.name) ?? this.#written;
  }

  /** What pods may have: resource names to quantities. */
  get allocatable(): Record<string, string> {
    return this.node?.status?.allocatable ?? {};
  }

  /** Looks at the node again soon. */
  wake(): void {
    this.#queue.add(this.#options.name);
  }

  run(signal: AbortSignal): Promise<void> {
    this.#recorder.event(nodeSubject(this.#options.name), 'Normal', 'Starting', 'Starting kubelet.');
    this.#informer.start(signal);
    this.#informer.onChange(() => this.wake());
    this.wake();
    const reconcile = async (): Promise<{ requeueAfterMs: number }> => {
      await this.#sync();
      return { requeueAfterMs: this.#options.statusUpdateMs };
    };
    return runController(
      { name: 'node-status', queue: this.#queue, workers: 1, reconcile, logger: this.#logger },
      signal,
    );
  }

  async #sync(): Promise<void> {
    const node = this.node ?? (await this.#register());
    await this.#usePodCidr(node);
    const status = await this.#status(node);
    const changed = !isDeepStrictEqual(withoutHeartbeats(status), withoutHeartbeats(node.status));
    if (!changed && Date.now() - this.#reportedAt < this.#options.statusReportMs) return;
    this.#written = await this.#client.of(nodes).updateStatus({ ...node, status: status! });
    this.#reportedAt = Date.now();
    this.#tellReadiness(
      isConditionTrue(node.status?.conditions, 'Ready'),
      isConditionTrue(status?.conditions, 'Ready'),
    );
  }

  #tellReadiness(was: boolean, is: boolean): void {
    if (was === is) return;
    const { name } = this.#options;
    const status = is ? 'NodeReady' : 'NodeNotReady';
    this.#recorder.event(nodeSubject(name), 'Normal', status, `Node ${name} status is now: ${status}`);
  }

  async #register(): Promise<Node> {
    const { name, labels, taints, register } = this.#options;
    const client = this.#client.of(nodes);
    const wanted = nodeLabels(name, this.#machine, labels);
    try {
      const existing = await client.get(name);
      const missing = Object.entries(wanted).filter(([key, value]) => existing.metadata.labels?.[key] !== value);
      if (missing.length === 0) return existing;
      return await client.patch(name, undefined, { metadata: { labels: Object.fromEntries(missing) } });
    } catch (error) {
      if (!(error instanceof ApiError && error.reason === 'NotFound' && register)) throw error;
    }
    this.#written = await client.create(newNode(name, wanted, taints, await this.#status(undefined)));
    this.#reportedAt = Date.now();
    this.#logger.info({ node: name }, 'Registered node');
    return this.#written;
  }

  /** A range that the runtime cannot use leaves the node not ready, with the runtime's reason. */
  async #usePodCidr({ spec }: Node): Promise<void> {
    if (!spec?.podCIDR || spec.podCIDR === this.#podCidr) return;
    try {
      await this.#runtime.updatePodCidr(spec.podCIDR);
      this.#podCidr = spec.podCIDR;
      this.#logger.info({ podCIDR: spec.podCIDR }, 'Pods get addresses of this range');
    } catch (error) {
      this.#logger.warn(
        { podCIDR: spec.podCIDR, reason: (error as Error).message },
        'The runtime cannot use the range',
      );
    }
  }

  async #status(node: Node | undefined): Promise<Node['status']> {
    const { name, nodeIP, port, maxPods, rootDirectory } = this.#options;
    const [free, runtime, images] = await Promise.all([
      readFree(rootDirectory),
      this.#describeRuntime(),
      this.#runtime.images.list().catch(() => []),
    ]);
    const input = {
      machine: this.#machine,
      free,
      runtime,
      images,
      hostname: name,
      nodeIP,
      port,
      maxPods,
      now: Date.now(),
    };
    return nodeStatus(input, node?.status);
  }

  async #describeRuntime() {
    try {
      const [version, conditions] = await Promise.all([this.#runtime.version(), this.#runtime.status()]);
      return { version, conditions };
    } catch (error) {
      this.#logger.warn({ err: error }, 'The container runtime does not answer');
      return undefined;
    }
  }
}
