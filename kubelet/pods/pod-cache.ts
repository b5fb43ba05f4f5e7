/**
 * What the runtime says about each pod, asked for again only when something may have changed: after an event of the
 * runtime, after an action of the kubelet, and when the periodic list shows another state than the copy.
 *
 * Upstream: pkg/kubelet/pleg (GenericPLEG, EventedPLEG), pkg/kubelet/container/cache.go
 */
import { terminationMessage } from '../container/termination-message.ts';
import { podUidLabel } from '../runtime/labels.ts';
import type { PodSandbox, Runtime, RuntimeContainer, RuntimeContainerStatus } from '../runtime/runtime.ts';
import { nothingObserved, type ObservedPod } from './observed.ts';

interface Entry {
  observed: ObservedPod;
  /** Counts invalidations, so that an answer that was under way when one came is not kept. */
  version: number;
  known: number;
}

export class PodCache {
  readonly #runtime: Runtime;
  readonly #podDirectory: (uid: string) => string;
  readonly #entries = new Map<string, Entry>();

  constructor(runtime: Runtime, podDirectory: (uid: string) => string) {
    this.#runtime = runtime;
    this.#podDirectory = podDirectory;
  }

  /** What runs of the pod, as new as the last invalidation. */
  async get(uid: string): Promise<ObservedPod> {
    let entry = this.#entries.get(uid);
    if (!entry) {
      entry = { observed: nothingObserved, version: 1, known: 0 };
      this.#entries.set(uid, entry);
    }
    const { version } = entry;
    if (entry.known === version) return entry.observed;
    entry.observed = await this.#inspect(uid, entry.observed);
    entry.known = version;
    return entry.observed;
  }

  invalidate(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry) entry.version++;
  }

  forget(uid: string): void {
    this.#entries.delete(uid);
  }

  /** Lists everything, invalidates what differs, and answers with the pods that differ and all that have something. */
  async relist(): Promise<{ changed: string[]; present: Map<string, PodSandbox | RuntimeContainer> }> {
    const [sandboxes, containers] = await Promise.all([
      this.#runtime.listPodSandboxes(),
      this.#runtime.listContainers(),
    ]);
    const present = new Map<string, PodSandbox | RuntimeContainer>();
    const states = new Map<string, string[]>();
    for (const thing of [...sandboxes, ...containers]) {
      const uid = thing.labels[podUidLabel] ?? '';
      if (!present.has(uid)) present.set(uid, thing);
      states.set(uid, [...(states.get(uid) ?? []), `${thing.id}=${thing.state}`]);
    }
    const changed: string[] = [];
    for (const uid of new Set([...states.keys(), ...this.#entries.keys()])) {
      const entry = this.#entries.get(uid);
      const was = entry
        ? [...entry.observed.sandboxes, ...entry.observed.containers].map((t) => `${t.id}=${t.state}`)
        : [];
      if (was.sort().join() === (states.get(uid) ?? []).sort().join()) continue;
      this.invalidate(uid);
      changed.push(uid);
    }
    return { changed, present };
  }

  async #inspect(uid: string, last: ObservedPod): Promise<ObservedPod> {
    const [sandboxes, listed] = await Promise.all([
      this.#runtime.listPodSandboxes(uid),
      this.#runtime.listContainers(uid),
    ]);
    const containers = await Promise.all(listed.map((c) => this.#status(uid, c, last)));
    return {
      sandboxes,
      containers: containers
        .filter((c) => c !== undefined)
        .sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt),
    };
  }

  /** What has ended does not change any more. */
  async #status(uid: string, listed: RuntimeContainer, last: ObservedPod): Promise<RuntimeContainerStatus | undefined> {
    const known = last.containers.find((c) => c.id === listed.id);
    if (known?.state === 'exited') return known;
    const status = await this.#runtime.containerStatus(listed.id);
    if (status?.state !== 'exited') return status;
    const message = await terminationMessage(this.#runtime, status, this.#podDirectory(uid));
    return message ? { ...status, message } : status;
  }
}
