/**
 * What a probe's results add up to: so many failures, or successes, in a row change the verdict. Pure.
 *
 * Upstream: pkg/kubelet/prober/worker.go
 */
import type { Probe } from '../../api/types.ts';

export type ProbeType = 'readiness' | 'liveness' | 'startup';

export interface ProbeState {
  /** The verdict so far; undefined before the first. */
  passed: boolean | undefined;
  last: boolean | undefined;
  streak: number;
}

export const initialProbeState: ProbeState = { passed: undefined, last: undefined, streak: 0 };

/** The state after one more result. */
export function afterResult(state: ProbeState, success: boolean, probe: Probe): ProbeState {
  const streak = state.last === success ? state.streak + 1 : 1;
  const needed = success ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3);
  return { passed: streak >= needed ? success : state.passed, last: success, streak };
}

/** What counts while there is no verdict: a container is not ready and not started, but alive. */
export const assumed: Record<ProbeType, boolean> = { readiness: false, liveness: true, startup: false };

export const isPassed = (state: ProbeState, type: ProbeType): boolean => state.passed ?? assumed[type];
