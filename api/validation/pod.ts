/**
 * The rules of a pod, and what an update may change: images, deadlines, more tolerations, scheduling gates that open.
 *
 * Upstream: pkg/apis/core/validation (ValidatePodCreate, ValidatePodUpdate, ValidatePodStatusUpdate). In place of a dump of
 * both specs, the error names the fields that differ.
 */
import { type FieldError, field } from '../errors.ts';
import { isEqual } from '../patch/json.ts';
import type { ContainerStatus, Pod, PodSpec } from '../types.ts';
import { changedPaths } from './changes.ts';
import { required } from './checks.ts';
import { validatePodAnnotations } from './pod-annotations.ts';
import { validatePodSpec, validateTolerations } from './pod-spec.ts';

/** Everything but metadata. */
export function validatePod(pod: Pod, old: Pod | undefined): FieldError[] {
  if (!pod.spec) return [field.required('spec.containers')];
  if (old?.spec) return [...validatePodAnnotations(pod, old), ...validateUpdate(pod, old.spec)];
  const { nodeName, schedulingGates } = pod.spec;
  const gated = (schedulingGates ?? []).length > 0;
  return [
    ...validatePodAnnotations(pod),
    ...validatePodSpec('spec', pod.spec),
    ...((pod.spec.ephemeralContainers ?? []).length > 0
      ? [field.forbidden('spec.ephemeralContainers', 'cannot be set on create')]
      : []),
    ...(gated && nodeName
      ? [field.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')]
      : []),
  ];
}

const allowed =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

function validateUpdate(pod: Pod, old: PodSpec): FieldError[] {
  const spec = pod.spec!;
  if (spec.containers?.length !== old.containers.length) {
    return [field.forbidden('spec.containers', 'pod updates may not add or remove containers')];
  }
  if ((spec.initContainers ?? []).length !== (old.initContainers ?? []).length) {
    return [field.forbidden('spec.initContainers', 'pod updates may not add or remove containers')];
  }
  const errors: FieldError[] = [
    ...spec.containers.flatMap((container, i) => required(`spec.containers[${i}].image`, container.image)),
    ...validateDeadline(spec.activeDeadlineSeconds, old.activeDeadlineSeconds),
    ...validateAddedTolerations(spec, old),
    ...validateGates(spec, old),
  ];
  const changed = changedPaths('spec', withAllowedChanges(spec, old), spec);
  if (changed.length > 0) {
    errors.push(
      field.forbidden(
        'spec',
        `pod updates may not change fields other than ${allowed}\n  changed: ${changed.join(', ')}`,
      ),
    );
  }
  return errors;
}

/** The old spec with every change that an update may make. */
function withAllowedChanges(spec: PodSpec, old: PodSpec): PodSpec {
  const images = <C extends { image?: string }>(containers: C[] | undefined, from: { image?: string }[] | undefined) =>
    containers?.map((container, i) => ({ ...container, image: from?.[i]?.image }));
  const gated = (old.schedulingGates ?? []).length > 0;
  const negative = (old.terminationGracePeriodSeconds ?? 0) < 0 && spec.terminationGracePeriodSeconds === 1;
  return {
    ...old,
    containers: images(old.containers, spec.containers) ?? [],
    initContainers: images(old.initContainers, spec.initContainers),
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
    tolerations: spec.tolerations,
    schedulingGates: spec.schedulingGates,
    ...(negative && { terminationGracePeriodSeconds: 1 }),
    // Until its gates open, a pod may be steered.
    ...(gated && { nodeSelector: spec.nodeSelector, affinity: spec.affinity }),
  };
}

function validateDeadline(seconds: number | undefined, old: number | undefined): FieldError[] {
  const path = 'spec.activeDeadlineSeconds';
  if (seconds === undefined) {
    return old === undefined ? [] : [field.invalid(path, null, 'must not update from a positive integer to nil value')];
  }
  if (seconds < 0 || seconds > 2 ** 31 - 1) {
    return [field.invalid(path, seconds, `must be between 0 and ${2 ** 31 - 1}, inclusive`)];
  }
  return old !== undefined && old < seconds
    ? [field.invalid(path, seconds, 'must be less than or equal to previous value')]
    : [];
}

function validateAddedTolerations(spec: PodSpec, old: PodSpec): FieldError[] {
  if (isEqual(spec.tolerations ?? [], old.tolerations ?? [])) return [];
  const sameButTime = (a: object, b: object) => isEqual({ ...a, tolerationSeconds: 0 }, { ...b, tolerationSeconds: 0 });
  const kept = (old.tolerations ?? []).every((was) => spec.tolerations?.some((now) => sameButTime(was, now)));
  const errors = validateTolerations('spec.tolerations', spec.tolerations);
  return kept
    ? errors
    : [
        ...errors,
        field.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
      ];
}

function validateGates(spec: PodSpec, old: PodSpec): FieldError[] {
  const before = new Set((old.schedulingGates ?? []).map((gate) => gate.name));
  const added = (spec.schedulingGates ?? []).map((gate) => gate.name).filter((name) => !before.has(name));
  return added.length > 0
    ? [field.forbidden('spec.schedulingGates', `only deletion is allowed, but found new scheduling gate '${added[0]}'`)]
    : [];
}

/** What the kubelet may not report: a pod that moves, or containers that run again after the pod's end. */
export function validatePodStatusUpdate(pod: Pod, old: Pod): FieldError[] {
  const errors: FieldError[] = validatePodAnnotations(pod, old);
  const nominated = pod.status?.nominatedNodeName;
  if (nominated === '') errors.push(field.invalid('status.nominatedNodeName', nominated, 'must not be empty'));
  if (pod.spec?.restartPolicy === 'Always') return errors;
  return [
    ...errors,
    ...validateRestarts(pod, old, 'containerStatuses', pod.spec?.restartPolicy),
    ...validateRestarts(pod, old, 'initContainerStatuses', pod.spec?.restartPolicy),
  ];
}

function validateRestarts(
  pod: Pod,
  old: Pod,
  list: 'containerStatuses' | 'initContainerStatuses',
  policy: string | undefined,
): FieldError[] {
  const specs = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const restartable = (name: string) => specs.find((c) => c.name === name)?.restartPolicy !== undefined;
  const ended = (status: ContainerStatus) =>
    status.state?.terminated &&
    (policy === 'Never' || status.state.terminated.exitCode === 0) &&
    !restartable(status.name);
  return (old.status?.[list] ?? []).filter(ended).flatMap((was) => {
    const i = (pod.status?.[list] ?? []).findIndex((status) => status.name === was.name);
    const now = pod.status?.[list]?.[i];
    return now && !now.state?.terminated
      ? [field.forbidden(`status.${list}[${i}].state`, 'may not be transitioned to non-terminated state')]
      : [];
  });
}
