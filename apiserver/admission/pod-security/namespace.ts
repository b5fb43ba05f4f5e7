/**
 * The labels of a namespace: they must be good, and a stricter level is told what pods are there that do not keep to it.
 *
 * Upstream: k8s.io/pod-security-admission/admission (ValidateNamespace)
 */
import { invalid } from '../../../api/errors.ts';
import type { Pod } from '../../../api/types.ts';
import type { Admission } from '../plugin.ts';
import type { PodSecurityConfiguration } from './configuration.ts';
import { existingPodWarnings } from './existing-pods.ts';
import {
  isFullyPrivileged,
  isSame,
  type LevelVersion,
  labelOf,
  levels,
  modes,
  type Policy,
  policyOf,
  textOf,
} from './policy.ts';

/** Checks a namespace that is created or changed. Throws a 422 for labels that were not as bad before. */
export function validateNamespace(admission: Admission, configuration: PodSecurityConfiguration): void {
  const { resource, name, object, old, options, served } = admission;
  const { defaults, exemptions } = configuration;
  const { labels = {} } = object!.metadata;
  const { policy, errors } = policyOf(labels, defaults);
  const before = old && policyOf(old.metadata.labels, defaults);
  if (errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(before?.errors)) {
    throw invalid(resource.kind, name, errors);
  }
  if (before && !isStricter(policy.enforce, before.policy.enforce)) return;
  if (exemptions.namespaces.includes(name)) {
    const ignored = ignoredPolicy(policy, defaults, labels);
    if (ignored === undefined) return;
    options.warnings.push(
      `namespace "${name}" is exempt from Pod Security, and the policy (${ignored}) will be ignored`,
    );
  } else if (before) {
    const pods = served.resources.must('', 'pods').cache.list(`${name}/`);
    const held = pods
      .map((entry) => entry.object as Pod)
      .filter(({ spec }) => spec && !exemptions.runtimeClasses.includes(spec.runtimeClassName ?? ''));
    options.warnings.push(...existingPodWarnings(name, held, policy.enforce));
  }
}

/** Whether pods that keep to what was before may not keep to it. */
const isStricter = (policy: LevelVersion, before: LevelVersion): boolean =>
  policy.level !== 'privileged' &&
  !isSame(policy, before) &&
  (policy.version !== before.version || levels.indexOf(policy.level) > levels.indexOf(before.level));

/** What the labels of an exempt namespace say and nobody does: `enforce=baseline:latest, warn=restricted:v1.34`. */
function ignoredPolicy(policy: Policy, defaults: Policy, labels: Record<string, string>): string | undefined {
  if (isFullyPrivileged(policy) || modes.every((mode) => isSame(policy[mode], defaults[mode]))) return undefined;
  const isSaid = (key: string): boolean => labels[key] !== undefined || labels[`${key}-version`] !== undefined;
  return modes
    .filter((mode) => policy[mode].level !== 'privileged' && isSaid(labelOf(mode)))
    .map((mode) => `${mode}=${textOf(policy[mode])}`)
    .join(', ');
}
