/**
 * Taints repel pods from nodes; tolerations let pods in, or let them stay for a while.
 * Upstream: component-helpers/scheduling/corev1/helpers.go, api/core/v1/toleration.go
 */
import type { Taint, Toleration } from './types.ts';

/** Whether the toleration bears with the taint. An empty key tolerates all keys, an empty effect all effects. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator ?? 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    default:
      return false;
  }
}

/** The first taint with one of these effects that no toleration bears with. */
export const untoleratedTaint = (
  taints: Taint[] | undefined,
  tolerations: Toleration[] | undefined,
  effects: readonly string[],
): Taint | undefined =>
  taints?.find((taint) => effects.includes(taint.effect) && !(tolerations ?? []).some((t) => tolerates(t, taint)));
