/**
 * When a pod has to leave its node: pure.
 *
 *     no NoExecute taint, or all tolerated without limit   ->  never
 *     one that it does not tolerate                        ->  now
 *     tolerated for 300 s                                  ->  300 s after the taint came
 *
 * Upstream: pkg/controller/tainteviction/taint_eviction.go
 */
import { tolerates } from '../../api/taints.ts';
import type { Pod, Taint, Toleration } from '../../api/types.ts';

/** When to evict, in milliseconds since the epoch; Infinity is never. `seenAt` is for taints that do not say when they came. */
export function planEviction(pod: Pod, taints: Taint[], seenAt: (taint: Taint) => number): number {
  const executing = taints.filter(({ effect }) => effect === 'NoExecute');
  return Math.min(Infinity, ...executing.map((taint) => leaveAt(pod, taint, seenAt)));
}

function leaveAt(pod: Pod, taint: Taint, seenAt: (taint: Taint) => number): number {
  const used = (pod.spec?.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (used.length === 0) return 0;
  const seconds = Math.min(...used.map(secondsOf));
  const since = taint.timeAdded ? Date.parse(taint.timeAdded) : seenAt(taint);
  // A pod that came after the taint has its time from then on.
  const came = Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp ?? '') || 0;
  return Math.max(since, came) + seconds * 1000;
}

const secondsOf = ({ tolerationSeconds }: Toleration): number =>
  tolerationSeconds === undefined ? Infinity : Math.max(tolerationSeconds, 0);
