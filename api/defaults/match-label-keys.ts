/**
 * Keys by which a pod wants to be near, or spread from, the pods that have the same label as itself. When a pod is made, they become
 * part of the selectors: with `matchLabelKeys: [app]`, a pod labelled `app: web` gets `app in (web)`.
 *
 * Upstream: pkg/registry/core/pod/strategy.go (applyMatchLabelKeysAndMismatchLabelKeys)
 */
import type { LabelSelector, Pod, PodSpec } from '../types.ts';

type Affinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;

interface Keyed {
  labelSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

/** Changes the pod's selectors in place. A key that the pod has no label for says nothing. */
export function mergeLabelKeys({ metadata, spec }: Pod): void {
  const labels = metadata.labels ?? {};
  const { podAffinity, podAntiAffinity } = spec?.affinity ?? {};
  const keyed: Keyed[] = [
    ...termsOf(podAffinity),
    ...termsOf(podAntiAffinity),
    ...(spec?.topologySpreadConstraints ?? []),
  ];
  for (const one of keyed) {
    addRequirements(one, 'In', one.matchLabelKeys ?? [], labels);
    addRequirements(one, 'NotIn', one.mismatchLabelKeys ?? [], labels);
  }
}

const termsOf = (affinity: Affinity | undefined): Keyed[] => [
  ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
  ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }) =>
    podAffinityTerm ? [podAffinityTerm] : [],
  ),
];

function addRequirements(
  keyed: Keyed,
  operator: 'In' | 'NotIn',
  keys: readonly string[],
  labels: Record<string, string>,
): void {
  const requirements = keys
    .filter((key) => Object.hasOwn(labels, key))
    .map((key) => ({ key, operator, values: [labels[key]!] }));
  if (!keyed.labelSelector || requirements.length === 0) return;
  const { matchExpressions = [] } = keyed.labelSelector;
  keyed.labelSelector = { ...keyed.labelSelector, matchExpressions: [...matchExpressions, ...requirements] };
}
