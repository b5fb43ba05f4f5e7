/**
 * What to do about a pod, decided from its spec and from what runs. Pure: the same input gives the same plan.
 *
 * Init containers run one after another, each to success; sidecars among them (restartPolicy Always) only have to have
 * started. The pod's containers follow together. A sandbox that died takes everything with it. Ephemeral containers start once
 * there is a sandbox, and never again.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions, computeInitContainerActions, doBackOff).
 * Left out: container restart rules.
 */
import { isRestartableInit } from '../../api/pods.ts';
import type { Container, Pod } from '../../api/types.ts';
import { containerHashAnnotation } from '../runtime/labels.ts';
import type { RuntimeContainerStatus } from '../runtime/runtime.ts';
import { containerHash } from './container-hash.ts';
import { currentSandbox, isRunning, newestOf, type ObservedPod } from './observed.ts';
import { goDuration, nextCrashCount, restartDelayMs, shouldRestart } from './restart-policy.ts';

export interface StartAction {
  container: Container;
  init: boolean;
  attempt: number;
  /** Restarts in a row before this one; see restart-policy.ts. */
  crashCount: number;
  /** The container whose processes it sees; without an ID that one does not run. */
  target?: { name: string; id: string | undefined };
}

export interface KillAction {
  containerId: string;
  name: string;
  /** Completes the event's `Container NAME `: `failed liveness probe, will be restarted`. */
  message: string;
}

/** A container that waits until it may start again. */
export interface BackoffNotice {
  container: Container;
  delayMs: number;
  untilMs: number;
}

export interface PodActions {
  /** Stop every container and the sandbox. */
  killPod: boolean;
  /** Attempt number of the sandbox to make; undefined when the present one serves. */
  createSandbox: number | undefined;
  start: StartAction[];
  kill: KillAction[];
  backoff: BackoffNotice[];
}

export interface ActionInput {
  pod: Pod;
  observed: ObservedPod;
  now: number;
  /** Containers whose liveness or startup probe failed, with what to say. By container ID. */
  failedProbes: ReadonlyMap<string, string>;
  /** Whether a running container has passed its startup probe, or has none. */
  hasStarted: (containerId: string) => boolean;
  /** The number that the next attempt must at least have, by what was reported: the runtime may have lost some. */
  leastAttempt: (name: string) => number;
}

const none = (): PodActions => ({ killPod: false, createSandbox: undefined, start: [], kill: [], backoff: [] });

export function computePodActions(input: ActionInput): PodActions {
  const { pod, observed } = input;
  const actions = none();
  const sandbox = nextSandboxAttempt(pod, observed);
  if (sandbox !== undefined) return planNewSandbox(input, sandbox, actions);
  // Sidecars that run, or would, belong to a pod whose containers have not all ended.
  const initialized = planInitContainers(input, actions);
  if (initialized === 'failed') return { ...none(), killPod: true };
  if (initialized === 'done') planContainers(input, actions);
  if (!actions.killPod) planEphemeralContainers(input, actions);
  return actions;
}

/** The attempt of the sandbox that has to be made, if one has to be. */
export function nextSandboxAttempt(pod: Pod, observed: ObservedPod): number | undefined {
  const current = currentSandbox(observed);
  if (!current) return 0;
  const ready = observed.sandboxes.filter((s) => s.state === 'ready').length;
  const sound =
    ready === 1 &&
    current.state === 'ready' &&
    current.hostNetwork === (pod.spec?.hostNetwork ?? false) &&
    (current.hostNetwork || current.ip !== undefined);
  return sound ? undefined : current.metadata.attempt + 1;
}

function planNewSandbox(input: ActionInput, attempt: number, actions: PodActions): PodActions {
  const { pod, observed } = input;
  actions.killPod = observed.sandboxes.length > 0;
  const restarts = (pod.spec?.containers ?? []).filter((container) => mayStart(input, container));
  // A pod that has run to its end stays as it is.
  if (restarts.length === 0) return actions;
  if (attempt > 0 && pod.spec?.restartPolicy === 'Never' && observed.containers.length > 0) return actions;
  actions.createSandbox = attempt;
  const [first] = pod.spec?.initContainers ?? [];
  const next = first ? [first] : restarts;
  for (const container of next) actions.start.push(startOf(input, container, first !== undefined));
  return actions;
}

/** Plans what the init containers need; tells whether the pod's containers may start. */
function planInitContainers(input: ActionInput, actions: PodActions): 'done' | 'running' | 'failed' {
  const { pod, observed } = input;
  const inits = pod.spec?.initContainers ?? [];
  const mains = pod.spec?.containers ?? [];
  const sandbox = currentSandbox(observed);
  const here = (status: RuntimeContainerStatus | undefined): boolean => status?.podSandboxId === sandbox?.id;
  // Once a container has been started in this sandbox, initialization is over; only sidecars still count.
  const over = mains.some((c) => here(newestOf(observed, c.name)));
  const ended = over && mains.every((c) => !isRunning(newestOf(observed, c.name)) && !mayStart(input, c));
  for (const container of inits) {
    const status = newestOf(observed, container.name);
    if (isRestartableInit(container)) {
      if (ended) {
        if (isRunning(status)) actions.kill.push({ containerId: status!.id, name: container.name, message: '' });
        continue;
      }
      planOne(input, container, true, actions);
      if (!over && !(isRunning(status) && input.hasStarted(status!.id))) return 'running';
      continue;
    }
    if (over) continue;
    const ran = here(status) && status?.state === 'exited';
    if (ran && status.exitCode === 0) continue;
    if (ran && !shouldRestartInit(pod)) return 'failed';
    planOne(input, container, true, actions);
    return 'running';
  }
  return 'done';
}

/** An init container that failed fails the pod only when the pod may not restart at all. */
const shouldRestartInit = (pod: Pod): boolean => pod.spec?.restartPolicy !== 'Never';

function planContainers(input: ActionInput, actions: PodActions): void {
  const { pod, observed } = input;
  const containers = pod.spec?.containers ?? [];
  for (const container of containers) planOne(input, container, false, actions);
  const kept = containers.some((c) => isRunning(newestOf(observed, c.name)));
  const pending = actions.start.length + actions.backoff.length > 0;
  if (!kept && !pending) actions.killPod = true;
}

function planEphemeralContainers(input: ActionInput, actions: PodActions): void {
  for (const ephemeral of input.pod.spec?.ephemeralContainers ?? []) {
    const { name, targetContainerName: target } = ephemeral;
    if (newestOf(input.observed, name) || input.leastAttempt(name) > 0) continue;
    const running = target ? newestOf(input.observed, target) : undefined;
    actions.start.push({
      ...startOf(input, ephemeral as Container, false),
      ...(target && { target: { name: target, id: isRunning(running) ? running!.id : undefined } }),
    });
  }
}

function planOne(input: ActionInput, container: Container, init: boolean, actions: PodActions): void {
  const status = newestOf(input.observed, container.name);
  if (isRunning(status)) {
    const message = reasonToKill(input, container, status!);
    if (message) actions.kill.push({ containerId: status!.id, name: container.name, message });
    return;
  }
  if (!init && !mayStart(input, container)) return;
  const delayMs = status?.state === 'exited' ? restartDelayMs(status) : 0;
  const untilMs = (status?.finishedAt ?? 0) + delayMs;
  if (delayMs > 0 && untilMs > input.now) actions.backoff.push({ container, delayMs, untilMs });
  else actions.start.push(startOf(input, container, init));
}

function reasonToKill(input: ActionInput, container: Container, status: RuntimeContainerStatus): string | undefined {
  const restart = shouldRestart(input.pod, container, 1) ? ', will be restarted' : '';
  const hash = status.annotations[containerHashAnnotation];
  if (hash !== undefined && hash !== containerHash(container)) return `definition changed${restart}`;
  const failed = input.failedProbes.get(status.id);
  return failed && `${failed}${restart}`;
}

/** Never started, or ended and the policy asks for another attempt. */
function mayStart({ pod, observed }: ActionInput, container: Container): boolean {
  const status = newestOf(observed, container.name);
  if (!status) return true;
  if (status.state === 'running') return true;
  return status.state !== 'exited' || shouldRestart(pod, container, status.exitCode);
}

function startOf(input: ActionInput, container: Container, init: boolean): StartAction {
  const last = newestOf(input.observed, container.name);
  const attempt = Math.max(last ? last.metadata.attempt + 1 : 0, input.leastAttempt(container.name));
  return { container, init, attempt, crashCount: nextCrashCount(last) };
}

/** Kubernetes' words for a container that waits: the message of `CrashLoopBackOff`. */
export const backoffMessage = (pod: Pod, notice: BackoffNotice): string =>
  `back-off ${goDuration(notice.delayMs)} restarting failed container=${notice.container.name} pod=${podFullName(pod)}`;

/** `web_default(3b1c...)`, as the kubelet names a pod in messages. */
export const podFullName = ({ metadata }: Pod): string => `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
