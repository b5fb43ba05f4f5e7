/** The figures of pod security, with Kubernetes' names and labels. Upstream: k8s.io/pod-security-admission/metrics */
import { CounterFamily } from '../../../client/component/metric-series.ts';
import type { Admission } from '../plugin.ts';
import type { LevelVersion, Mode } from './policy.ts';

const evaluations = new CounterFamily({
  name: 'pod_security_evaluations_total',
  help: 'Number of policy evaluations that occurred, not counting ignored or exempt requests.',
});
const exemptions = new CounterFamily({
  name: 'pod_security_exemptions_total',
  help: 'Number of exempt requests, not counting ignored or out of scope requests.',
});
const errors = new CounterFamily({
  name: 'pod_security_errors_total',
  help: 'Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.',
});

/** A pod was held to the level, for that mode. */
export function countEvaluation(admission: Admission, mode: Mode, policy: LevelVersion, allowed: boolean): void {
  const decision = allowed ? 'allow' : 'deny';
  const { level, version } = policy;
  count(evaluations, admission, { decision, mode, policy_level: level, policy_version: version });
}

export const countExemption = (admission: Admission): void => count(exemptions, admission, {});

/** The labels of a namespace could not be read; or, which is `fatal`, the namespace not be found. */
export const countError = (admission: Admission, fatal: boolean): void =>
  count(errors, admission, { fatal: String(fatal) });

function count(
  family: CounterFamily,
  { operation, resource, subresource }: Admission,
  own: Record<string, string>,
): void {
  const labels = {
    ...own,
    request_operation: operation,
    resource: resource.kind.plural === 'pods' ? 'pod' : 'controller',
    subresource,
  };
  family.at(Object.values(labels).join('\n'), () => labels).inc();
}
