/**
 * DefaultTolerationSeconds: a pod stays five minutes on a node that is not ready or not reachable, unless it says
 * otherwise.
 *
 * Upstream: plugin/pkg/admission/defaulttolerationseconds
 */
import type { Pod, Toleration } from '../../api/types.ts';
import { isPodWrite } from './is-pod-write.ts';
import type { AdmissionPlugin } from './plugin.ts';

const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
const tolerationSeconds = 300;

export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  mutate(admission) {
    if (!isPodWrite(admission)) return;
    const { spec } = admission.object as Pod;
    if (!spec) return;
    const own = spec.tolerations ?? [];
    const missing = taints.filter((key) => !own.some((toleration) => speaksOf(toleration, key)));
    if (missing.length === 0) return;
    spec.tolerations = [
      ...own,
      ...missing.map((key): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds })),
    ];
  },
};

const speaksOf = ({ key, effect }: Toleration, taint: string): boolean =>
  (!key || key === taint) && (!effect || effect === 'NoExecute');
