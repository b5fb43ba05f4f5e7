/** One simulated container: its state, its log, and a timer while it sleeps. */
import type { ContainerConfig, RuntimeContainerStatus } from '../runtime.ts';
import { programOf, type Step } from './program.ts';

export interface LogLine {
  time: number;
  text: string;
}

/** Lines that a container keeps, so that hundreds of them stay small. */
const logLimit = 200;
const killed = 137;
const terminated = 143;

export class FakeContainer {
  readonly id: string;
  readonly podUid: string;
  readonly config: ContainerConfig;
  readonly status: RuntimeContainerStatus;
  readonly log: LogLine[] = [];
  readonly #steps: Step[];
  readonly #onExit: () => void;
  readonly #watchers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(id: string, sandboxId: string, podUid: string, config: ContainerConfig, onExit: () => void) {
    this.id = id;
    this.podUid = podUid;
    this.config = config;
    this.#onExit = onExit;
    this.#steps = programOf([...config.command, ...config.args]);
    this.status = {
      id,
      podSandboxId: sandboxId,
      metadata: config.metadata,
      state: 'created',
      createdAt: Date.now(),
      labels: config.labels,
      annotations: config.annotations,
      image: config.image,
      imageRef: `fake://${config.image}`,
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      reason: '',
      message: '',
      resources: config.resources,
    };
  }

  start(): void {
    if (this.status.state !== 'created') return;
    this.status.state = 'running';
    this.status.startedAt = Date.now();
    // An image's own command is not simulated: it runs until it is stopped.
    if (this.config.command.length + this.config.args.length > 0) this.#advance(0);
  }

  /** Ends it as a signal would. */
  stop(graceSeconds: number): void {
    this.#exit(graceSeconds > 0 ? terminated : killed);
  }

  /** Calls back after each new line and at the end. */
  watch(callback: () => void): () => void {
    this.#watchers.add(callback);
    return () => this.#watchers.delete(callback);
  }

  #advance(index: number): void {
    for (let i = index; i < this.#steps.length; i++) {
      const step = this.#steps[i]!;
      if (step.do === 'run') return;
      if (step.do === 'exit') {
        this.#exit(step.code);
        return;
      }
      if (step.do === 'sleep') {
        this.#timer = setTimeout(() => this.#advance(i + 1), step.ms);
        this.#timer.unref();
        return;
      }
      this.log.push({ time: Date.now(), text: step.text });
      if (this.log.length > logLimit) this.log.shift();
      this.#notify();
    }
    this.#exit(0);
  }

  #exit(code: number): void {
    if (this.status.state !== 'running') return;
    clearTimeout(this.#timer);
    Object.assign(this.status, {
      state: 'exited',
      exitCode: code,
      finishedAt: Date.now(),
      reason: code === 0 ? 'Completed' : 'Error',
    });
    this.#onExit();
    this.#notify();
  }

  #notify(): void {
    for (const callback of [...this.#watchers]) callback();
  }
}
