/**
 * Stops one container: event, preStop hook within the grace period, then the runtime's stop with what is left of it.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer)
 */
import type { Pod } from '../../api/types.ts';
import type { PodPlace } from '../container/field-value.ts';
import type { Runtime, RuntimeContainerStatus } from '../runtime/runtime.ts';
import { runHook } from './lifecycle-hook.ts';
import { containerEvent, type PodRecorder } from './pod-events.ts';

/** What a container gets after its hook has used the grace period up. */
const minimumGraceSeconds = 2;

export interface StopRequest {
  container: RuntimeContainerStatus;
  graceSeconds: number;
  /** Completes `Container NAME `; without it the event is the plain `Stopping container NAME`. */
  message: string;
  place: PodPlace;
}

/** Resolves once the container has stopped. */
export async function stopContainer(
  runtime: Runtime,
  recorder: PodRecorder,
  pod: Pod,
  request: StopRequest,
): Promise<void> {
  const { container, graceSeconds, message, place } = request;
  const { name } = container.metadata;
  const text = message ? `Container ${name} ${message}` : `Stopping container ${name}`;
  containerEvent(recorder, pod, { name }, 'Normal', 'Killing', text);
  const started = Date.now();
  const spec = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find((c) => c.name === name);
  const preStop = spec?.lifecycle?.preStop;
  if (spec && preStop && graceSeconds > 0) {
    const signal = AbortSignal.timeout(graceSeconds * 1000);
    await runHook(runtime, container.id, preStop, spec, place, signal).catch(() => {
      if (!signal.aborted) containerEvent(recorder, pod, spec, 'Warning', 'FailedPreStopHook', 'PreStopHook failed');
    });
  }
  const left = graceSeconds - Math.floor((Date.now() - started) / 1000);
  await runtime.stopContainer(container.id, Math.max(left, minimumGraceSeconds));
}
