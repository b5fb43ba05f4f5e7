/**
 * Starts one container: image, configuration, create, start, postStart hook; an event and a reason for each that fails.
 *
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)
 */
import type { Pod } from '../../api/types.ts';
import { makeContainerConfig } from '../container/container-config.ts';
import type { EnvironmentSources } from '../container/environment.ts';
import { ContainerConfigError } from '../container/environment.ts';
import type { PodPlace } from '../container/field-value.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { PodSandboxConfig, Runtime } from '../runtime/runtime.ts';
import { MountError, type MountedVolumes } from '../volumes/volume-manager.ts';
import type { StartAction } from './compute-pod-actions.ts';
import type { WaitingReason } from './container-status.ts';
import { runHook } from './lifecycle-hook.ts';
import { containerEvent, type PodRecorder } from './pod-events.ts';

export interface StartContext {
  runtime: Runtime;
  images: ImagePuller;
  recorder: PodRecorder;
  sources: EnvironmentSources;
  memoryCapacity: number;
  signal: AbortSignal;
}

/** What the pod has by the time its containers start. */
export interface StartedSandbox {
  id: string;
  config: PodSandboxConfig;
  place: PodPlace;
  volumes: MountedVolumes;
  podDirectory: string;
}

/** `waiting` says why the container did not start; `retryMs` when to try again. */
export type StartOutcome = { started: true } | { started: false; waiting?: WaitingReason; retryMs?: number };

/** Delay after a failure that only the user, or time, can end. */
const retryMs = 10_000;

/** Rejects only when the pod's sandbox could not be started. */
export async function startContainer(
  context: StartContext,
  pod: Pod,
  sandbox: StartedSandbox,
  action: StartAction,
): Promise<StartOutcome> {
  const { runtime, images, recorder } = context;
  const { container, attempt } = action;
  const fail = (reason: string, message: string, retryMs: number, shown = message): StartOutcome => {
    containerEvent(recorder, pod, container, 'Warning', 'Failed', `Error: ${shown}`);
    return { started: false, waiting: { reason, message }, retryMs };
  };

  const image = await images.ensure(pod, container, attempt);
  if (image.state === 'pulling') return { started: false };
  if (image.state === 'failed') {
    const { reason, message } = image;
    containerEvent(recorder, pod, container, 'Warning', 'Failed', `Error: ${reason}`);
    return {
      started: false,
      waiting: { reason, message },
      ...(image.retryMs !== undefined && { retryMs: image.retryMs }),
    };
  }

  const { target } = action;
  if (target && !target.id) {
    const why = `unable to find target container "${target.name}": it is not running`;
    return fail('CreateContainerConfigError', why, retryMs);
  }
  let id: string;
  try {
    const { sources, memoryCapacity } = context;
    const config = await makeContainerConfig({
      ...action,
      ...sandbox,
      pod,
      image: image.image,
      sources,
      memoryCapacity,
      targetId: target?.id,
    });
    id = await runtime.createContainer(sandbox.id, config, sandbox.config);
  } catch (error) {
    const { message } = error as Error;
    const misconfigured = error instanceof ContainerConfigError || error instanceof MountError;
    return fail(misconfigured ? 'CreateContainerConfigError' : 'CreateContainerError', message, retryMs);
  }
  containerEvent(recorder, pod, container, 'Normal', 'Created', 'Container created');
  await runtime.podSandboxReady(sandbox.id);
  try {
    await runtime.startContainer(id);
  } catch (error) {
    const { message } = error as Error;
    // It has ended, so the back-off of restarts holds it.
    return fail('RunContainerError', message, 0, `failed to start container "${container.name}": ${message}`);
  }
  containerEvent(recorder, pod, container, 'Normal', 'Started', 'Container started');

  const { postStart } = container.lifecycle ?? {};
  if (!postStart) return { started: true };
  try {
    await runHook(runtime, id, postStart, container, sandbox.place, context.signal);
    return { started: true };
  } catch (error) {
    const { message } = error as Error;
    // What the hook printed may be secret, and more people read events than pods.
    containerEvent(recorder, pod, container, 'Warning', 'FailedPostStartHook', 'PostStartHook failed');
    containerEvent(recorder, pod, container, 'Normal', 'Killing', 'FailedPostStartHook');
    await runtime.stopContainer(id, pod.spec?.terminationGracePeriodSeconds ?? 30);
    return { started: false, waiting: { reason: 'PostStartHookError', message } };
  }
}
