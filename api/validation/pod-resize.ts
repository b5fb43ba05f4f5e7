/**
 * A change of what the containers of a running pod may use: cpu and memory, and nothing else.
 *
 * Upstream: pkg/apis/core/validation (ValidatePodResize). Left out: resources of the pod as a whole.
 */
import { type FieldError, field } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import { qosClass } from '../pods.ts';
import type { Container, Pod, PodSpec } from '../types.ts';
import { changedPaths } from './changes.ts';
import { validateResources } from './resources.ts';

type Resources = NonNullable<Container['resources']>;

const lists = ['containers', 'initContainers'] as const;
const resizable = ['cpu', 'memory'];

/** The new pod with everything but resources and resize policies as it was. */
export function keepAllButResources(spec: PodSpec, old: PodSpec): PodSpec {
  const kept = { ...old };
  for (const list of lists) {
    const now = spec[list] ?? [];
    const same = now.length === (old[list] ?? []).length && now.every(({ name }, i) => name === old[list]![i]!.name);
    // Whoever adds, removes or reorders containers is told so by the rules.
    if (!same) return { ...old, [list]: now };
    if (!old[list]) continue;
    kept[list] = old[list].map((container, i) => {
      const { resources, resizePolicy } = now[i]!;
      return { ...container, ...(resources && { resources }), ...(resizePolicy && { resizePolicy }) };
    });
  }
  return kept;
}

/** The rules of an update through the subresource. */
export function validatePodResize(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = [];
  const [spec, before] = [pod.spec!, old.spec!];
  for (const list of lists) {
    const [now, was] = [spec[list] ?? [], before[list] ?? []];
    if (now.length !== was.length || now.some(({ name }, i) => name !== was[i]!.name)) {
      return [field.forbidden(`spec.${list}`, 'containers may not be added, removed, renamed or reordered on resize')];
    }
    for (const [i, container] of now.entries()) {
      const path = `spec.${list}[${i}].resources`;
      errors.push(...validateResources(path, container.resources));
      errors.push(...validateChange(path, container.resources ?? {}, was[i]!.resources ?? {}));
    }
  }
  const unsupported = (old.status?.containerStatuses ?? []).some(
    ({ state, resources }) => state?.running && !resources,
  );
  if (unsupported) errors.push(field.forbidden('spec', 'Pod running on node without support for resize'));
  const quality = qosClass(pod);
  if (quality !== qosClass(old)) {
    errors.push(field.invalid('spec', quality, 'Pod QOS Class may not change as a result of resizing'));
  }
  const others = changedPaths('spec', withoutResizable(before), withoutResizable(spec));
  if (others.length > 0) {
    const why = `only cpu and memory resources are mutable\n  changed: ${others.join(', ')}`;
    errors.push(field.forbidden('spec', why));
  }
  return errors;
}

function validateChange(path: string, now: Resources, was: Resources): FieldError[] {
  if (isEqual(now, was)) return [];
  return (['limits', 'requests'] as const).flatMap((list) => {
    const removed = Object.keys(was[list] ?? {}).some((name) => now[list]?.[name] === undefined);
    return removed ? [field.forbidden(`${path}.${list}`, `resource ${list} cannot be removed`)] : [];
  });
}

/** The spec without what a resize may change. */
function withoutResizable(spec: PodSpec): PodSpec {
  const without = (list: Record<string, string> | undefined) =>
    Object.fromEntries(Object.entries(list ?? {}).filter(([name]) => !resizable.includes(name)));
  const strip = ({ resizePolicy: _, resources, ...container }: Container): object => ({
    ...container,
    limits: without(resources?.limits),
    requests: without(resources?.requests),
    claims: resources?.claims,
  });
  return {
    ...spec,
    containers: spec.containers.map(strip) as Container[],
    ...(spec.initContainers && { initContainers: spec.initContainers.map(strip) as Container[] }),
  };
}
