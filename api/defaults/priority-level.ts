/** What a priority level leaves out. Upstream: pkg/apis/flowcontrol/v1/defaults.go */
import type { PriorityLevelConfiguration } from '../types.ts';

/** Sets shares and, where requests wait, the queues. */
export function setPriorityLevelDefaults(spec: PriorityLevelConfiguration['spec']): void {
  const { exempt, limited } = spec ?? {};
  if (exempt) {
    exempt.nominalConcurrencyShares ??= 0;
    exempt.lendablePercent ??= 0;
  }
  if (!limited) return;
  limited.nominalConcurrencyShares ??= 30;
  limited.lendablePercent ??= 0;
  const queuing = limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.queues ||= 64;
  queuing.handSize ||= 8;
  queuing.queueLengthLimit ||= 50;
}
