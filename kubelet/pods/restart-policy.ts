/**
 * Whether, and when, a container that ended starts again.
 *
 * Upstream: pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted), client-go/util/flowcontrol/backoff.go
 */
import { isRestartableInit } from '../../api/pods.ts';
import type { Container, Pod } from '../../api/types.ts';
import { crashCountAnnotation } from '../runtime/labels.ts';
import type { RuntimeContainerStatus } from '../runtime/runtime.ts';

export const crashBackoff = { baseMs: 10_000, maxMs: 300_000 };

/** Whether the policy asks for another attempt after this end. A container of its own policy follows that one. */
export function shouldRestart(pod: Pod, container: Container, exitCode: number): boolean {
  const policy = isRestartableInit(container) ? 'Always' : (pod.spec?.restartPolicy ?? 'Always');
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/**
 * How many restarts in a row preceded this attempt: it is written down when a container is created, so it outlives the
 * kubelet. One that held out for twice the longest delay starts a new count.
 */
function crashesBefore(status: RuntimeContainerStatus): number {
  const held = status.finishedAt - status.startedAt >= 2 * crashBackoff.maxMs;
  return held ? 0 : Number(status.annotations[crashCountAnnotation] ?? 0);
}

/** The count for the attempt that follows `last`. */
export const nextCrashCount = (last: RuntimeContainerStatus | undefined): number =>
  last ? crashesBefore(last) + 1 : 0;

/** Delay after an attempt ended: none for the first, then 10 s, 20 s, ... 5 min. */
export function restartDelayMs(last: RuntimeContainerStatus): number {
  const crashes = crashesBefore(last);
  return crashes === 0 ? 0 : Math.min(crashBackoff.baseMs * 2 ** (crashes - 1), crashBackoff.maxMs);
}

/** Milliseconds as Go prints a duration: `10s`, `1m20s`, `5m0s`. */
export function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
