/**
 * Holds a pod against a level in one of its versions.
 *
 * Upstream: k8s.io/pod-security-admission/policy/registry.go
 */
import { baselineChecks } from './baseline-checks.ts';
import type { Check, Find, PodLike, Violation } from './check.ts';
import type { LevelVersion } from './policy.ts';
import { restrictedChecks } from './restricted-checks.ts';

/** The minor version since which no check has changed. */
const newest = Math.max(
  ...[...baselineChecks, ...restrictedChecks].flatMap(({ versions }) => versions.map(({ since }) => since)),
);

/** By the level and the minor version. */
const known = new Map<string, readonly Find[]>();

/** What the level forbids of the pod, in a stable order; nothing when it may run. */
export function violationsOf({ level, version }: LevelVersion, pod: PodLike): Violation[] {
  if (level === 'privileged') return [];
  const minor = version === 'latest' ? newest : Math.min(Number(version.slice('v1.'.length)), newest);
  const key = `${level}:${minor}`;
  const finds = known.get(key) ?? findsOf(level, minor);
  known.set(key, finds);
  return finds.map((find) => find(pod)).filter((violation) => violation !== undefined);
}

function findsOf(level: 'baseline' | 'restricted', minor: number): Find[] {
  const inForce = (check: Check): Find | undefined => check.versions.findLast(({ since }) => since <= minor)?.find;
  const restricted = level === 'restricted' ? restrictedChecks.filter(inForce) : [];
  const overridden = restricted.map(({ overrides }) => overrides);
  const checks = [...baselineChecks.filter(({ id }) => !overridden.includes(id)), ...restricted];
  return checks.map(inForce).filter((find) => find !== undefined);
}

/** `hostPort (container "web" uses hostPort 80), privileged (...)` */
export const detailsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => `${reason} (${detail})`).join(', ');

/** `hostPort, privileged` */
export const reasonsOf = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(', ');
