/**
 * What the kubelet asks of a container runtime: pod sandboxes, containers, images, streams and events.
 *
 * The shape is CRI's, so that a runtime is one folder beside this file, and a remote one maps call by call. Rules for
 * implementations: every call may be repeated (stopping what is stopped and removing what is gone succeed); times are
 * milliseconds since the epoch; a failure is a `RuntimeError` whose message can be shown to the user as it is.
 *
 * Upstream: k8s.io/cri-api/pkg/apis/runtime/v1/api.proto. Left out: checkpoints, runtime handlers.
 */
import type { Duplex, Readable, Writable } from 'node:stream';

export interface RuntimeVersion {
  /** `docker`: the scheme of container IDs in a pod's status. */
  name: string;
  version: string;
}

export interface RuntimeCondition {
  type: 'RuntimeReady' | 'NetworkReady';
  status: boolean;
  reason: string;
  message: string;
}

export interface PodSandboxMetadata {
  name: string;
  namespace: string;
  uid: string;
  attempt: number;
}

export interface PortMapping {
  protocol: 'TCP' | 'UDP' | 'SCTP';
  containerPort: number;
  hostPort: number;
  hostIP?: string | undefined;
}

export interface PodSandboxConfig {
  metadata: PodSandboxMetadata;
  hostname: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  portMappings: PortMapping[];
  hostNetwork: boolean;
  hostPID: boolean;
  hostIPC: boolean;
  /** Every container sees the processes of the others; the pause process is then PID 1. */
  shareProcessNamespace: boolean;
  sysctls: Record<string, string>;
}

export interface PodSandbox {
  id: string;
  metadata: PodSandboxMetadata;
  state: 'ready' | 'notready';
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  hostNetwork: boolean;
  /** Absent for a pod on the host's network. */
  ip?: string | undefined;
}

export interface Mount {
  hostPath: string;
  containerPath: string;
  readOnly: boolean;
  propagation?: 'private' | 'rslave' | 'rshared';
}

export interface LinuxResources {
  cpuShares?: number;
  /** Microseconds of CPU in each `cpuPeriod`; absent means no limit. */
  cpuQuota?: number;
  cpuPeriod?: number;
  memoryLimitBytes?: number;
  oomScoreAdj?: number;
}

export interface SecurityContext {
  privileged: boolean;
  readOnlyRootFilesystem: boolean;
  noNewPrivileges: boolean;
  runAsUser?: number | undefined;
  runAsGroup?: number | undefined;
  supplementalGroups: number[];
  capabilities: { add: string[]; drop: string[] };
  /** Runs without a seccomp filter. */
  seccompUnconfined: boolean;
}

export interface ContainerConfig {
  metadata: { name: string; attempt: number };
  /** What `imageStatus` answered as the image's ID. */
  image: string;
  /** Replaces the image's entrypoint when not empty, as in a pod's spec. */
  command: string[];
  args: string[];
  workingDir?: string | undefined;
  envs: { name: string; value: string }[];
  mounts: Mount[];
  devices: { hostPath: string; containerPath: string }[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  resources: LinuxResources;
  security: SecurityContext;
  /** A running container whose process namespace it joins. */
  targetId?: string;
}

/** What a list shows of a container: enough to see that it changed. */
export interface RuntimeContainer {
  id: string;
  podSandboxId: string;
  metadata: { name: string; attempt: number };
  state: 'created' | 'running' | 'exited' | 'unknown';
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface RuntimeContainerStatus extends RuntimeContainer {
  /** The image as the user named it. */
  image: string;
  /** The image's ID or digest, as a pod's status shows it. */
  imageRef: string;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`; empty while it runs. */
  reason: string;
  message: string;
  /** What it may use. */
  resources: LinuxResources;
}

export interface Image {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
  /** What a pod's status shows as `imageID`. */
  ref: string;
  /** The user that the image runs as: a number, or a name. Empty is root. */
  user: string;
}

export interface ImageService {
  /** Undefined when the image is not on this machine. */
  status(image: string): Promise<Image | undefined>;
  list(): Promise<Image[]>;
  /** Resolves once the image is here; rejects with the registry's reason. */
  pull(image: string, auth: ImageAuth | undefined, signal: AbortSignal): Promise<Image>;
  remove(image: string): Promise<void>;
}

export interface ImageAuth {
  username: string;
  password: string;
  serverAddress: string;
}

export interface TerminalSize {
  width: number;
  height: number;
}

export interface StreamOptions {
  stdin?: Readable | undefined;
  stdout?: Writable | undefined;
  /** Not used with a terminal, whose output is one stream. */
  stderr?: Writable | undefined;
  tty: boolean;
  resize?: AsyncIterable<TerminalSize> | undefined;
  signal: AbortSignal;
}

export interface LogOptions {
  follow: boolean;
  timestamps: boolean;
  /** Lines from the end; undefined is all of them. */
  tail?: number | undefined;
  /** Only lines written at this time or later. */
  since?: number | undefined;
  stdout: Writable;
  stderr: Writable;
  signal: AbortSignal;
}

export interface ContainerStats {
  timestamp: number;
  cpuUsageNanoseconds: number;
  memoryUsageBytes: number;
  memoryWorkingSetBytes: number;
}

export interface ContainerEvent {
  podUid: string;
  containerId: string;
  type: 'created' | 'started' | 'stopped' | 'outOfMemory' | 'deleted';
}

export interface Runtime {
  /** Pods have addresses but nothing listens there: a probe over the network would say nothing of a container. */
  readonly simulatedNetwork?: boolean;
  version(): Promise<RuntimeVersion>;
  status(): Promise<RuntimeCondition[]>;
  /** Tells the runtime which addresses pods of this node may have. The network is not ready before. */
  updatePodCidr(cidr: string): Promise<void>;

  /** Makes a sandbox. It may still be starting: containers can be created in it, and started once it is ready. */
  runPodSandbox(config: PodSandboxConfig): Promise<string>;
  /** Resolves when the sandbox runs. When it cannot, it is removed with all that was created in it, and this rejects. */
  podSandboxReady(id: string): Promise<void>;
  /** Stops what runs in the sandbox at once, and gives its address back. */
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  /** Sandboxes of this node in this cluster, newest first. */
  listPodSandboxes(podUid?: string): Promise<PodSandbox[]>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** SIGTERM (or the image's stop signal), then SIGKILL after the grace period. Resolves once it has stopped. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  /** Changes what a running container may use: cpu and memory. */
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  /** Containers of this node in this cluster, newest first, sandboxes not among them. */
  listContainers(podUid?: string): Promise<RuntimeContainer[]>;
  /** Undefined when there is no such container. */
  containerStatus(id: string): Promise<RuntimeContainerStatus | undefined>;
  containerStats(id: string): Promise<ContainerStats | undefined>;

  /** Runs a command to its end and resolves with its exit code. */
  exec(id: string, command: string[], streams: StreamOptions): Promise<number>;
  /** Connects to the main process; resolves when it ends, or when the caller aborts. */
  attach(id: string, streams: StreamOptions): Promise<void>;
  /** Connects to a port of the sandbox's loopback, as a process inside would; either half may be ended by itself. */
  dial(sandboxId: string, port: number): Promise<Duplex>;
  /** Resolves at the end of the log, with `follow` at the end of the container. */
  logs(id: string, options: LogOptions): Promise<void>;
  /** What happens to containers, until the signal aborts or the connection breaks. */
  events(signal: AbortSignal): AsyncIterable<ContainerEvent>;

  readonly images: ImageService;
}

/** What went wrong, in words for the user. `code` is for decisions. */
export class RuntimeError extends Error {
  readonly code: 'NotFound' | 'Unavailable' | 'InvalidImageName' | 'AddressesExhausted' | 'Unknown';

  constructor(code: RuntimeError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RuntimeError';
    this.code = code;
  }
}
