/** The defaults of a HorizontalPodAutoscaler. Upstream: pkg/apis/autoscaling/v2/defaults.go */
import type { HorizontalPodAutoscaler } from '../types.ts';

type Spec = NonNullable<HorizontalPodAutoscaler['spec']>;
type Behavior = NonNullable<Spec['behavior']>;

/** Of the CPU that pods request, when nothing else is to be measured. */
const defaultCpuUtilization = 80;

const periodSeconds = 15;
const doubling = { type: 'Percent', value: 100, periodSeconds };

/** Changes the spec in place; idempotent. A behavior that is given at all is completed for both directions. */
export function setAutoscalerDefaults(spec: Spec): void {
  spec.minReplicas ??= 1;
  if ((spec.metrics ?? []).length === 0) spec.metrics = [cpuMetric(defaultCpuUtilization)];
  if (!spec.behavior) return;
  spec.behavior.scaleUp = withDefaults(spec.behavior.scaleUp, {
    stabilizationWindowSeconds: 0,
    policies: [{ type: 'Pods', value: 4, periodSeconds }, doubling],
  });
  spec.behavior.scaleDown = withDefaults(spec.behavior.scaleDown, { policies: [doubling] });
}

const withDefaults = (rules: Behavior['scaleUp'], defaults: Behavior['scaleUp']): Behavior['scaleUp'] =>
  structuredClone({ selectPolicy: 'Max', ...defaults, ...rules });

/** The metric that version 1 has a field of its own for. */
export const cpuMetric = (averageUtilization: number): NonNullable<Spec['metrics']>[number] => ({
  type: 'Resource',
  resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
});
