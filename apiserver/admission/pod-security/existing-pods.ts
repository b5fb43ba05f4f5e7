/**
 * What a namespace's pods have that its new level forbids. They go on running, but would not start again.
 *
 * Upstream: k8s.io/pod-security-admission/admission (EvaluatePodsInNamespace)
 */
import { controllerOf } from '../../../api/meta.ts';
import type { Pod } from '../../../api/types.ts';
import { reasonsOf, violationsOf } from './evaluate.ts';
import { type LevelVersion, textOf } from './policy.ts';

/** With more pods than this, the rest is not looked at. */
const maxPods = 3000;

/** The warnings, the first of which says what the others are about. */
export function existingPodWarnings(namespace: string, pods: readonly Pod[], enforce: LevelVersion): string[] {
  const looked = oneOfEachFirst(pods).slice(0, maxPods);
  const podsByReasons = new Map<string, string[]>();
  for (const { metadata, spec } of looked) {
    const reasons = reasonsOf(violationsOf(enforce, { metadata, spec: spec! }));
    if (reasons) podsByReasons.set(reasons, [...(podsByReasons.get(reasons) ?? []), metadata.name ?? '']);
  }
  const warnings: string[] = [];
  if (looked.length < pods.length) {
    const counts = `the first ${looked.length} of ${pods.length} existing pods`;
    warnings.push(`new PodSecurity enforce level only checked against ${counts}`);
  }
  if (podsByReasons.size === 0) return warnings;
  warnings.push(
    `existing pods in namespace "${namespace}" violate the new PodSecurity enforce level "${textOf(enforce)}"`,
  );
  return [...warnings, ...[...podsByReasons].map(([reasons, names]) => `${summary(names)}: ${reasons}`).sort()];
}

/** `web-0 (and 2 other pods)` */
function summary(names: readonly string[]): string {
  const [first = ''] = [...names].sort();
  const others = names.length - 1;
  if (others === 0) return first;
  return `${first} (and ${others} other ${others === 1 ? 'pod' : 'pods'})`;
}

/** The pods of one controller are alike: the second and all that follow come last. */
function oneOfEachFirst(pods: readonly Pod[]): Pod[] {
  const seen = new Set<string>();
  const again: Pod[] = [];
  const first = pods.filter((pod) => {
    const uid = controllerOf(pod)?.uid;
    if (uid === undefined || !seen.has(uid)) {
      if (uid !== undefined) seen.add(uid);
      return true;
    }
    again.push(pod);
    return false;
  });
  return [...first, ...again];
}
