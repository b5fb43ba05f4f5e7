/**
 * What a check of a pod security level is, and the words that checks share.
 *
 * Upstream: k8s.io/pod-security-admission/policy/{checks,helpers,visitor}.go
 */
import type { Container, ObjectMeta, PodSpec } from '../../../api/types.ts';

/** A pod, or what a template will make of one. */
export interface PodLike {
  metadata?: ObjectMeta;
  spec: PodSpec;
}

/** Why a level does not allow a pod: `hostPort`, and in detail `container "web" uses hostPort 80`. */
export interface Violation {
  reason: string;
  detail: string;
}

/** Looks for what the check forbids. */
export type Find = (pod: PodLike) => Violation | undefined;

export interface Check {
  id: string;
  level: 'baseline' | 'restricted';
  /** The last one counts whose `since` is not above the minor version of the policy. */
  versions: readonly { since: number; find: Find }[];
  /** The check of the baseline that this one is a stricter form of. */
  overrides?: string;
}

/** Every container: those that start first, the main ones, those for debugging. */
export const containersOf = ({ spec }: PodLike): Container[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...((spec.ephemeralContainers ?? []) as Container[]),
];

/** The names of the containers that are so. */
export const containersThat = (pod: PodLike, are: (container: Container) => boolean | undefined): string[] =>
  containersOf(pod)
    .filter(are)
    .map(({ name }) => name);

export const plural = (count: { length: number }, one: string, many = `${one}s`): string =>
  count.length === 1 ? one : many;

/** `"a", "b"` */
export const quoted = (items: readonly string[]): string => items.map((item) => `"${item}"`).join(', ');

/** Each once, in order. */
export const distinct = (items: readonly string[]): string[] => [...new Set(items)].sort();

/** `containers "a", "b"` */
export const containersNamed = (names: readonly string[]): string => `${plural(names, 'container')} ${quoted(names)}`;

/** `pod and container "a"`: who has set something. */
export const setters = (pod: boolean | undefined, containers: readonly string[]): string =>
  [...(pod ? ['pod'] : []), ...(containers.length > 0 ? [containersNamed(containers)] : [])].join(' and ');

/** Whether the pod has users of its own, so that its root is nobody on the node. */
export const hasOwnUsers = ({ spec }: PodLike): boolean => spec.hostUsers === false;
