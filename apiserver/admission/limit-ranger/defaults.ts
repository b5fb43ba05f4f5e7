/**
 * The requests and limits that a LimitRange gives to containers that say nothing. Pure, but for the pod that it changes.
 * Upstream: plugin/pkg/admission/limitranger (mergePodResourceRequirements)
 */
import type { Container, LimitRange, Pod } from '../../../api/types.ts';

/** Says on the pod what was set by whom. */
const annotation = 'kubernetes.io/limit-ranger';

/** Sets what the containers and init containers of the pod leave out, and annotates the pod with that. */
export function setDefaultResources({ spec }: LimitRange, pod: Pod): void {
  const items = (spec?.limits ?? []).filter(({ type }) => type === 'Container');
  const requests = Object.assign({}, ...items.map((item) => item.defaultRequest)) as Record<string, string>;
  const limits = Object.assign({}, ...items.map((item) => item.default)) as Record<string, string>;
  const told: string[] = [];
  const complete = (what: string, container: Container): void => {
    const setLimits = missing(limits, container.resources?.limits);
    const setRequests = missing(requests, container.resources?.requests);
    if (setLimits.length + setRequests.length === 0) return;
    container.resources = {
      ...container.resources,
      limits: { ...container.resources?.limits, ...pick(limits, setLimits) },
      requests: { ...container.resources?.requests, ...pick(requests, setRequests) },
    };
    if (setRequests.length > 0) told.push(`${setRequests.join(', ')} request for ${what} ${container.name}`);
    if (setLimits.length > 0) told.push(`${setLimits.join(', ')} limit for ${what} ${container.name}`);
  };
  for (const container of pod.spec?.containers ?? []) complete('container', container);
  for (const container of pod.spec?.initContainers ?? []) complete('init container', container);
  if (told.length === 0) return;
  const text = `LimitRanger plugin set: ${told.join('; ')}`;
  pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: text };
}

const missing = (defaults: Record<string, string>, own: Record<string, string> = {}): string[] =>
  Object.keys(defaults)
    .filter((name) => own[name] === undefined)
    .sort();

const pick = (from: Record<string, string>, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, from[name]!]));
