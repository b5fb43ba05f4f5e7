/**
 * Containers by a Docker engine of 20.10 or newer. A pod's sandbox is a pause container with an address of its own; the
 * pod's containers join its network and IPC namespaces.
 *
 * Upstream: cri-dockerd core/ (dockershim, until Kubernetes 1.23)
 */
import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { dialLoopback } from '../dial-loopback.ts';
import { podUidLabel } from '../labels.ts';
import { Limiter } from '../limiter.ts';
import { NamespaceDialer } from '../namespace-dialer.ts';
import {
  type ContainerConfig,
  type ContainerEvent,
  type ContainerStats,
  type LinuxResources,
  type LogOptions,
  type PodSandbox,
  type PodSandboxConfig,
  type Runtime,
  type RuntimeCondition,
  type RuntimeContainer,
  type RuntimeContainerStatus,
  RuntimeError,
  type RuntimeVersion,
  type StreamOptions,
} from '../runtime.ts';
import { connectDocker } from './connect.ts';
import {
  addressLabel,
  containerOptions,
  limits,
  type Owner,
  ownerFilter,
  sandboxIdLabel,
  sandboxName,
  sandboxOptions,
  typeLabel,
} from './create-options.ts';
import { call, toRuntimeError } from './errors.ts';
import { followEvents } from './events.ts';
import { DockerImages } from './images.ts';
import { PodNetwork } from './network.ts';
import { defaultPauseImage, pauseImage } from './pause-image.ts';
import { toContainer, toContainerStatus, toPodSandbox } from './read.ts';
import { attachToContainer, copyLogs, execInContainer, readStats } from './streams.ts';

export interface DockerRuntimeOptions extends Owner {
  /** Where the daemon listens; empty is Docker's default. */
  endpoint: string;
  network: string;
  clusterCidr: string;
  pauseImage: string;
}

/** Starting a container keeps two cores busy; more at once make all of them slower. */
const concurrentStarts = 4;

/** Answers of the daemon that mean that what was asked for is so already. */
const notModified = 304;
const notFound = 404;
const inProgress = 409;

export class DockerRuntime implements Runtime {
  readonly images: DockerImages;
  readonly #docker: Docker;
  readonly #options: DockerRuntimeOptions;
  readonly #network: PodNetwork;
  readonly #namespaces = new NamespaceDialer();
  readonly #starts = new Limiter(concurrentStarts);
  /** Sandboxes on their way up. */
  readonly #starting = new Map<string, Promise<void>>();
  /** Containers that an event said ran out of memory: one that comes after the exit is not in Docker's own record. */
  readonly #outOfMemory = new Set<string>();
  #pause: Promise<void> | undefined;

  constructor(docker: Docker, options: DockerRuntimeOptions) {
    this.#docker = docker;
    this.#options = options;
    this.images = new DockerImages(docker);
    this.#network = new PodNetwork(docker, {
      name: options.network,
      clusterCidr: options.clusterCidr,
      cluster: options.cluster,
    });
  }

  async version(): Promise<RuntimeVersion> {
    const info = (await call(this.#docker.version()))!;
    return { name: 'docker', version: info.Version };
  }

  async status(): Promise<RuntimeCondition[]> {
    const down = await this.#docker.ping().then(
      () => '',
      (error: unknown) => toRuntimeError(error).message,
    );
    const { problem } = this.#network;
    return [
      { type: 'RuntimeReady', status: !down, reason: down ? 'DockerDaemonNotReady' : '', message: down },
      {
        type: 'NetworkReady',
        status: !problem,
        reason: problem ? 'NetworkPluginNotReady' : '',
        message: problem ? `Network plugin returns error: ${problem}` : '',
      },
    ];
  }

  async updatePodCidr(cidr: string): Promise<void> {
    const running = (await this.listPodSandboxes()).filter((s) => s.state === 'ready');
    const inUse = running.flatMap((s) => (s.ip ? [{ ip: s.ip, owner: sandboxName(s.metadata) }] : []));
    await this.#network.open(cidr, inUse);
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    await this.#ensurePauseImage();
    const owner = sandboxName(config.metadata);
    const ip = config.hostNetwork ? undefined : this.#network.allocate(owner);
    const options = sandboxOptions(config, this.#options, this.#options.pauseImage, this.#network.name, ip);
    const container = await call(this.#docker.createContainer(options)).catch((error) => {
      if (ip) this.#network.release(ip, owner);
      throw error;
    });
    const { id } = container!;
    // A sandbox takes longest to start: the pod's containers are created meanwhile.
    const started = this.#startSandbox(id).finally(() => this.#starting.delete(id));
    started.catch(() => undefined);
    this.#starting.set(id, started);
    return id;
  }

  async podSandboxReady(id: string): Promise<void> {
    await this.#starting.get(id);
  }

  async #startSandbox(id: string): Promise<void> {
    try {
      await this.#starts.run(() => call(this.#docker.getContainer(id).start(), [notModified]));
    } catch (error) {
      await this.removePodSandbox(id);
      throw error;
    }
  }

  async stopPodSandbox(id: string): Promise<void> {
    const containers = await this.#list(`${sandboxIdLabel}=${id}`);
    await Promise.all(containers.filter((c) => c.State === 'running').map((c) => this.stopContainer(c.Id, 0)));
    await call(this.#docker.getContainer(id).kill(), [notFound, inProgress]);
    await this.#releaseAddress(id);
  }

  async removePodSandbox(id: string): Promise<void> {
    const containers = await this.#list(`${sandboxIdLabel}=${id}`);
    await Promise.all(containers.map((c) => this.removeContainer(c.Id)));
    await this.#releaseAddress(id);
    await this.#remove(id);
  }

  async listPodSandboxes(podUid?: string): Promise<PodSandbox[]> {
    const labels = podUid ? [`${podUidLabel}=${podUid}`] : [];
    const sandboxes = (await this.#list(`${typeLabel}=podsandbox`, ...labels)).map(toPodSandbox);
    return podUid ? Promise.all(sandboxes.map((s) => this.#withState(s))) : sandboxes;
  }

  async createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string> {
    const options = containerOptions(sandboxId, config, sandbox, this.#options);
    return (await call(this.#docker.createContainer(options)))!.id;
  }

  async startContainer(id: string): Promise<void> {
    await this.#starts.run(() => call(this.#docker.getContainer(id).start(), [notModified]));
  }

  async stopContainer(id: string, graceSeconds: number): Promise<void> {
    const container = this.#docker.getContainer(id);
    if (graceSeconds > 0) await call(container.stop({ t: graceSeconds }), [notModified, notFound]);
    else await call(container.kill(), [notFound, inProgress]);
  }

  async removeContainer(id: string): Promise<void> {
    await this.#remove(id);
  }

  async updateContainerResources(id: string, resources: LinuxResources): Promise<void> {
    await call(this.#docker.getContainer(id).update(limits(resources)));
  }

  async listContainers(podUid?: string): Promise<RuntimeContainer[]> {
    const labels = podUid ? [`${podUidLabel}=${podUid}`] : [];
    return (await this.#list(`${typeLabel}=container`, ...labels)).map(toContainer);
  }

  async containerStatus(id: string): Promise<RuntimeContainerStatus | undefined> {
    const info = await call(this.#docker.getContainer(id).inspect(), [notFound]);
    return info && toContainerStatus(info, this.#outOfMemory.has(id));
  }

  containerStats(id: string): Promise<ContainerStats | undefined> {
    return readStats(this.#docker, id);
  }

  exec(id: string, command: string[], streams: StreamOptions): Promise<number> {
    return execInContainer(this.#docker, id, command, streams);
  }

  attach(id: string, streams: StreamOptions): Promise<void> {
    return attachToContainer(this.#docker, id, streams);
  }

  async dial(sandboxId: string, port: number): Promise<Duplex> {
    const { State, HostConfig } = (await call(this.#docker.getContainer(sandboxId).inspect()))!;
    if (!State.Running) throw new RuntimeError('NotFound', `sandbox ${sandboxId} is not running`);
    return HostConfig.NetworkMode === 'host' ? dialLoopback(port) : this.#namespaces.dial(State.Pid, port);
  }

  logs(id: string, options: LogOptions): Promise<void> {
    return copyLogs(this.#docker, id, options);
  }

  async *events(signal: AbortSignal): AsyncIterable<ContainerEvent> {
    for await (const event of followEvents(this.#docker, this.#options, signal)) {
      if (event.type === 'outOfMemory') this.#outOfMemory.add(event.containerId);
      if (event.type === 'deleted') this.#outOfMemory.delete(event.containerId);
      yield event;
    }
  }

  async #list(...labels: string[]): Promise<Docker.ContainerInfo[]> {
    const filters = ownerFilter(this.#options, ...labels);
    return (await call(this.#docker.listContainers({ all: true, filters }))) ?? [];
  }

  /** Docker's list lags behind its events for a moment after a container ended; an inspection does not. */
  async #withState(sandbox: PodSandbox): Promise<PodSandbox> {
    if (sandbox.state === 'notready') return sandbox;
    const info = await call(this.#docker.getContainer(sandbox.id).inspect(), [notFound]);
    return { ...sandbox, state: info?.State.Running ? 'ready' : 'notready' };
  }

  async #remove(id: string): Promise<void> {
    await call(this.#docker.getContainer(id).remove({ force: true, v: true }), [notFound, inProgress]);
  }

  async #releaseAddress(sandboxId: string): Promise<void> {
    const info = await call(this.#docker.getContainer(sandboxId).inspect(), [notFound]);
    const ip = info?.Config.Labels[addressLabel];
    if (info && ip) this.#network.release(ip, info.Name.slice(1));
  }

  /** The pause image is made on first use; one that somebody names must be there, or is pulled. */
  #ensurePauseImage(): Promise<void> {
    this.#pause ??= this.#makePauseImage().catch((error) => {
      this.#pause = undefined;
      throw error;
    });
    return this.#pause;
  }

  async #makePauseImage(): Promise<void> {
    const { pauseImage: name } = this.#options;
    if (await this.images.status(name)) return;
    if (name !== defaultPauseImage) {
      await this.images.pull(name, undefined, new AbortController().signal);
      return;
    }
    const info = (await call(this.#docker.info())) as { Architecture: string };
    const { archive, changes } = pauseImage(info.Architecture);
    await this.images.importLayer(name, archive, changes);
  }
}

/** Connects to the daemon; rejects with what to do when it does not answer. */
export async function createDockerRuntime(options: DockerRuntimeOptions): Promise<DockerRuntime> {
  return new DockerRuntime(await connectDocker(options.endpoint), options);
}
