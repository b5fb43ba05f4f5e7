/**
 * Simulated containers, for many nodes and pods on one machine: nothing runs, and everything is forgotten when the
 * process ends. What a container's command does is in program.ts. Every image exists, and pods get addresses that
 * nothing answers at.
 *
 * Upstream: sigs.k8s.io/kwok in spirit; the shape is that of cri-api/pkg/apis/testing
 */
import { randomBytes } from 'node:crypto';
import { PodAddresses } from '../pod-address.ts';
import type {
  ContainerConfig,
  ContainerEvent,
  ContainerStats,
  Image,
  ImageService,
  LinuxResources,
  LogOptions,
  PodSandbox,
  PodSandboxConfig,
  Runtime,
  RuntimeCondition,
  RuntimeContainer,
  RuntimeContainerStatus,
  RuntimeVersion,
  StreamOptions,
} from '../runtime.ts';
import { RuntimeError } from '../runtime.ts';
import { FakeContainer } from './fake-container.ts';
import { programOf } from './program.ts';

type Listener = (event: ContainerEvent) => void;

const newId = (): string => randomBytes(32).toString('hex');

export class FakeRuntime implements Runtime {
  readonly simulatedNetwork = true;
  readonly images = new FakeImages();
  readonly #sandboxes = new Map<string, PodSandbox>();
  readonly #containers = new Map<string, FakeContainer>();
  readonly #listeners = new Set<Listener>();
  #addresses: PodAddresses | undefined;

  async version(): Promise<RuntimeVersion> {
    return { name: 'fake', version: '1' };
  }

  async status(): Promise<RuntimeCondition[]> {
    const network = this.#addresses !== undefined;
    const message = network ? '' : 'Network plugin returns error: the node has no pod CIDR yet';
    return [
      { type: 'RuntimeReady', status: true, reason: '', message: '' },
      { type: 'NetworkReady', status: network, reason: network ? '' : 'NetworkPluginNotReady', message },
    ];
  }

  async updatePodCidr(cidr: string): Promise<void> {
    this.#addresses = new PodAddresses(cidr);
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    if (!config.hostNetwork && !this.#addresses)
      throw new RuntimeError('Unavailable', 'network is not ready: the node has no pod CIDR yet');
    const id = newId();
    this.#sandboxes.set(id, {
      id,
      metadata: config.metadata,
      state: 'ready',
      createdAt: Date.now(),
      labels: config.labels,
      annotations: config.annotations,
      hostNetwork: config.hostNetwork,
      ip: config.hostNetwork ? undefined : this.#addresses!.allocate(id),
    });
    this.#emit({ type: 'started', podUid: config.metadata.uid, containerId: id });
    return id;
  }

  async podSandboxReady(id: string): Promise<void> {
    if (!this.#sandboxes.has(id)) throw new RuntimeError('NotFound', `no sandbox ${id}`);
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox || sandbox.state === 'notready') return;
    for (const container of this.#containers.values()) if (container.status.podSandboxId === id) container.stop(0);
    sandbox.state = 'notready';
    if (sandbox.ip) this.#addresses?.release(sandbox.ip, id);
    this.#emit({ type: 'stopped', podUid: sandbox.metadata.uid, containerId: id });
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    for (const container of this.#containers.values())
      if (container.status.podSandboxId === id) await this.removeContainer(container.id);
    this.#sandboxes.delete(id);
    this.#emit({ type: 'deleted', podUid: sandbox.metadata.uid, containerId: id });
  }

  async listPodSandboxes(podUid?: string): Promise<PodSandbox[]> {
    return [...this.#sandboxes.values()].filter((s) => !podUid || s.metadata.uid === podUid).reverse();
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string> {
    if (!this.#sandboxes.has(sandboxId)) throw new RuntimeError('NotFound', `no sandbox ${sandboxId}`);
    const id = newId();
    const { uid } = sandbox.metadata;
    const onExit = (): void => this.#emit({ type: 'stopped', podUid: uid, containerId: id });
    this.#containers.set(id, new FakeContainer(id, sandboxId, uid, config, onExit));
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#get(id);
    if (this.#sandboxes.get(container.status.podSandboxId)?.state !== 'ready')
      throw new RuntimeError('Unknown', `the sandbox of ${id} does not run`);
    container.start();
    this.#emit({ type: 'started', podUid: container.podUid, containerId: id });
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    this.#containers.get(id)?.stop(graceSeconds);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    container.stop(0);
    this.#containers.delete(id);
    this.#emit({ type: 'deleted', podUid: container.podUid, containerId: id });
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    this.#get(id).status.resources = resources;
  }

  async listContainers(podUid?: string): Promise<RuntimeContainer[]> {
    const all = [...this.#containers.values()].filter((c) => !podUid || c.podUid === podUid);
    return all.map((c) => ({ ...c.status })).reverse();
  }

  async containerStatus(id: string): Promise<RuntimeContainerStatus | undefined> {
    const container = this.#containers.get(id);
    return container && { ...container.status };
  }

  async containerStats(id: string): Promise<ContainerStats | undefined> {
    if (this.#containers.get(id)?.status.state !== 'running') return undefined;
    return { timestamp: Date.now(), cpuUsageNanoseconds: 0, memoryUsageBytes: 0, memoryWorkingSetBytes: 0 };
  }

  async exec(id: string, command: string[], streams: StreamOptions): Promise<number> {
    const container = this.#get(id);
    if (container.status.state !== 'running') throw new RuntimeError('Unknown', `container ${id} is not running`);
    for (const step of programOf(command)) {
      streams.signal.throwIfAborted();
      if (step.do === 'print') streams.stdout?.write(step.text);
      if (step.do === 'exit') return step.code;
      if (step.do === 'run') throw new RuntimeError('Unknown', `a simulated container cannot run ${command.join(' ')}`);
    }
    return 0;
  }

  async attach(id: string, streams: StreamOptions): Promise<void> {
    await this.#copyLog(this.#get(id), this.#get(id).log.length, true, streams.signal, (line) =>
      streams.stdout?.write(line.text),
    );
  }

  async dial(sandboxId: string, port: number): Promise<never> {
    if (!this.#sandboxes.has(sandboxId)) throw new RuntimeError('NotFound', `no sandbox ${sandboxId}`);
    throw new RuntimeError('Unknown', `nothing listens on port ${port}: the pod is simulated`);
  }

  async logs(id: string, options: LogOptions): Promise<void> {
    const container = this.#get(id);
    const from = options.tail === undefined ? 0 : Math.max(0, container.log.length - options.tail);
    await this.#copyLog(container, from, options.follow, options.signal, ({ time, text }) => {
      if (options.since !== undefined && time < options.since) return;
      options.stdout.write(options.timestamps ? `${new Date(time).toISOString()} ${text}` : text);
    });
  }

  async *events(signal: AbortSignal): AsyncIterable<ContainerEvent> {
    const queue: ContainerEvent[] = [];
    let wake: () => void = () => undefined;
    const listener: Listener = (event) => {
      queue.push(event);
      wake();
    };
    const abort = (): void => wake();
    this.#listeners.add(listener);
    signal.addEventListener('abort', abort);
    try {
      while (!signal.aborted) {
        yield* queue.splice(0);
        if (queue.length === 0 && !signal.aborted) await new Promise<void>((resolve) => (wake = resolve));
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', abort);
    }
  }

  #get(id: string): FakeContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('NotFound', `no container ${id}`);
    return container;
  }

  #emit(event: ContainerEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  async #copyLog(
    container: FakeContainer,
    from: number,
    follow: boolean,
    signal: AbortSignal,
    write: (line: FakeContainer['log'][number]) => void,
  ): Promise<void> {
    let next = from;
    for (;;) {
      for (; next < container.log.length; next++) write(container.log[next]!);
      if (!follow || signal.aborted || container.status.state === 'exited') return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          unwatch();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const unwatch = container.watch(done);
        signal.addEventListener('abort', done);
      });
    }
  }
}

/** Every image exists as soon as it is asked for. */
class FakeImages implements ImageService {
  readonly #present = new Set<string>();

  async status(image: string): Promise<Image | undefined> {
    return this.#present.has(image) ? describe(image) : undefined;
  }

  async list(): Promise<Image[]> {
    return [...this.#present].map(describe);
  }

  async pull(image: string): Promise<Image> {
    this.#present.add(image);
    return describe(image);
  }

  async remove(image: string): Promise<void> {
    this.#present.delete(image);
  }
}

const describe = (image: string): Image => ({
  id: image,
  repoTags: [image],
  repoDigests: [],
  sizeBytes: 0,
  ref: `fake://${image}`,
  user: '',
});
