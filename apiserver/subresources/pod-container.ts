/**
 * The container that a log, exec or attach is about: the one asked for, or the pod's only one.
 *
 * Upstream: pkg/registry/core/pod/strategy.go validateContainer
 */
import { badRequest } from '../../api/errors.ts';
import type { Pod } from '../../api/types.ts';

/** The container's name, or a 400 that says which there are. */
export function containerOf({ metadata: { name: podName }, spec }: Pod, asked: string | null): string {
  const names = (list?: { name: string }[]): string[] => (list ?? []).map(({ name }) => name);
  const all = [...names(spec?.initContainers), ...names(spec?.containers), ...names(spec?.ephemeralContainers)];
  if (asked) {
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${podName}`);
  }
  const [first, second] = spec?.containers ?? [];
  if (first && !second) return first.name;
  throw badRequest(`a container name must be specified for pod ${podName}, choose one of: [${all.join(' ')}]`);
}
