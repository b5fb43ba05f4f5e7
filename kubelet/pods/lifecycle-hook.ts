/**
 * Runs what a pod wants done right after a container's start or right before its end.
 *
 * Upstream: pkg/kubelet/lifecycle/handlers.go
 */
import type { Container } from '../../api/types.ts';
import type { PodPlace } from '../container/field-value.ts';
import { type HttpGetAction, httpGet } from '../probes/http-get.ts';
import { portOf } from '../probes/port.ts';
import { execSync } from '../runtime/exec-sync.ts';
import type { Runtime } from '../runtime/runtime.ts';

export interface Hook {
  exec?: { command?: string[] };
  httpGet?: HttpGetAction;
  sleep?: { seconds: number };
}

/** Exec hooks have no time limit of their own; the pod's grace period ends them. */
const longestMs = 3_600_000;

/** Rejects with what went wrong, which may hold what the hook printed. */
export async function runHook(
  runtime: Runtime,
  containerId: string,
  hook: Hook,
  container: Container,
  place: PodPlace,
  signal: AbortSignal,
): Promise<void> {
  if (hook.exec) {
    const command = hook.exec.command ?? [];
    const { exitCode, output } = await execSync(runtime, containerId, command, longestMs, signal);
    if (exitCode !== 0)
      throw new Error(
        `Exec lifecycle hook (${command.join(' ')}) for Container "${container.name}" failed - error: command '${command.join(' ')}' exited with ${exitCode}: ${output}`,
      );
  } else if (hook.httpGet) {
    const host = hook.httpGet.host || place.podIP || place.hostIP;
    await httpGet(
      { ...hook.httpGet, host, port: portOf(hook.httpGet.port, container) },
      AbortSignal.any([signal, AbortSignal.timeout(longestMs)]),
    );
  } else if (hook.sleep) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, hook.sleep!.seconds * 1000);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
