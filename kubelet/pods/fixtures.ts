/** Pods and what runs of them, for the tables of this folder. */
import type { Container, Pod } from '../../api/types.ts';
import { containerHashAnnotation, crashCountAnnotation } from '../runtime/labels.ts';
import type { PodSandbox, RuntimeContainerStatus } from '../runtime/runtime.ts';
import { containerHash } from './container-hash.ts';
import type { ObservedPod } from './observed.ts';

/** The moment at which the tables look. */
export const now = Date.parse('2026-01-01T00:10:00Z');

export const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: 'busybox:1.35',
  ...more,
});

export const pod = (spec: Partial<NonNullable<Pod['spec']>> = {}, more: Partial<Pod> = {}): Pod => ({
  metadata: { name: 'web', namespace: 'default', uid: 'u1', generation: 1 },
  spec: { containers: [container('app')], ...spec },
  ...more,
});

export const sandbox = (more: Partial<PodSandbox> = {}): PodSandbox => ({
  id: 's0',
  metadata: { name: 'web', namespace: 'default', uid: 'u1', attempt: 0 },
  state: 'ready',
  createdAt: now - 60_000,
  labels: {},
  annotations: {},
  hostNetwork: false,
  ip: '10.244.0.2',
  ...more,
});

interface Attempt {
  attempt?: number;
  /** Exit code of a container that ended. */
  exited?: number;
  agoMs?: number;
  ranMs?: number;
  crashes?: number;
  sandbox?: string;
  annotations?: Record<string, string>;
  hash?: string;
  resources?: RuntimeContainerStatus['resources'];
}

/** One attempt of a container: it runs, unless `exited` says how it ended, `agoMs` ago. */
export function ran(name: string, given: Attempt = {}): RuntimeContainerStatus {
  const { attempt = 0, exited, agoMs = 1000, ranMs = 1000, crashes = attempt } = given;
  const finishedAt = exited === undefined ? 0 : now - agoMs;
  return {
    id: `${name}-${attempt}`,
    podSandboxId: given.sandbox ?? 's0',
    metadata: { name, attempt },
    state: exited === undefined ? 'running' : 'exited',
    createdAt: now - 60_000 + attempt,
    labels: {},
    annotations: {
      [containerHashAnnotation]: given.hash ?? containerHash(container(name)),
      [crashCountAnnotation]: String(crashes),
      ...given.annotations,
    },
    image: 'busybox:1.35',
    imageRef: 'docker://sha256:abc',
    startedAt: exited === undefined ? now - ranMs : finishedAt - ranMs,
    finishedAt,
    exitCode: exited ?? 0,
    reason: exited === undefined ? '' : exited === 0 ? 'Completed' : 'Error',
    message: '',
    resources: given.resources ?? {},
  };
}

export const observed = (containers: RuntimeContainerStatus[], sandboxes: PodSandbox[] = [sandbox()]): ObservedPod => ({
  sandboxes,
  containers: [...containers].sort((a, b) => b.metadata.attempt - a.metadata.attempt),
});
