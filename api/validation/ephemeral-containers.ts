/**
 * Ephemeral containers: added to a pod that runs, for a look at it; never changed or taken away.
 *
 * Upstream: pkg/apis/core/validation (validateEphemeralContainers, ValidatePodEphemeralContainersUpdate)
 */
import { type FieldError, field } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import type { Container, Pod, PodSpec } from '../types.ts';
import { changedPaths } from './changes.ts';
import { validateContainer } from './containers.ts';

const path = 'spec.ephemeralContainers';
const notHere = 'cannot be set for an Ephemeral Container';
/** What a container has that others rely upon. */
const fundamental = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;

/** The rules of an update through the subresource. */
export function validateEphemeralContainersUpdate({ spec }: Pod, old: Pod): FieldError[] {
  const now = spec?.ephemeralContainers ?? [];
  const changes = (old.spec?.ephemeralContainers ?? []).flatMap((was) => {
    const is = now.find(({ name }) => name === was.name);
    const what = JSON.stringify(was.name);
    if (!is) return [field.forbidden(path, `existing ephemeral containers ${what} may not be removed\n`)];
    if (isEqual(is, was)) return [];
    const changed = changedPaths('', was, is).join(', ');
    return [field.forbidden(path, `existing ephemeral containers ${what} may not be changed\n  changed: ${changed}`)];
  });
  return [...validateEphemeralContainers(spec!), ...changes];
}

function validateEphemeralContainers(spec: PodSpec): FieldError[] {
  const targets = [...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name);
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name));
  const names = new Set(targets);
  return (spec.ephemeralContainers ?? []).flatMap((ephemeral, i) => {
    const at = `${path}[${i}]`;
    const container = ephemeral as Container;
    const { name, targetContainerName: target, volumeMounts = [] } = ephemeral;
    const taken = name !== undefined && names.has(name);
    names.add(name);
    return [
      ...validateContainer(at, container, spec, volumes),
      ...(taken ? [field.duplicate(`${at}.name`, name)] : []),
      ...(target && !targets.includes(target) ? [field.notFound(`${at}.targetContainerName`, target)] : []),
      ...fundamental.filter((key) => isSet(container[key])).map((key) => field.forbidden(`${at}.${key}`, notHere)),
      ...volumeMounts.flatMap((mount, j) =>
        (['subPath', 'subPathExpr'] as const)
          .filter((key) => mount[key])
          .map((key) => field.forbidden(`${at}.volumeMounts[${j}].${key}`, notHere)),
      ),
    ];
  });
}

const isSet = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === 'object' && Object.keys(value).length === 0);
