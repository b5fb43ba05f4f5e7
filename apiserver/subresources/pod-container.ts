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
  const containers = names(spec?.containers);
  const init = names(spec?.initContainers);
  if (asked) {
    const all = [...containers, ...init, ...names(spec?.ephemeralContainers)];
    if (all.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${podName}`);
  }
  if (containers.length === 1) return containers[0]!;
  const choice = containers.length === 0 ? '' : `, choose one of: [${containers.join(' ')}]`;
  const others = init.length === 0 ? '' : ` or one of the init containers: [${init.join(' ')}]`;
  throw badRequest(`a container name must be specified for pod ${podName}${choice}${others}`);
}
