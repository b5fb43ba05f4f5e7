/**
 * Annotations of a pod that mean something, and stay as they are: who makes another pod of a pod does it behind the back of those
 * who have looked at it when it was created.
 *
 * Upstream: pkg/apis/core/validation (ValidatePodSpecificAnnotations, ValidatePodSpecificAnnotationUpdates). Left out: what the
 * deprecated annotations of seccomp and AppArmor may be.
 */
import { type FieldError, field } from '../errors.ts';
import { mirrorPodAnnotation } from '../pods.ts';
import type { Pod } from '../types.ts';

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';

/** What is wrong with them; of an update, also with what becomes of those before. */
export function validatePodAnnotations({ metadata, spec }: Pod, old?: Pod): FieldError[] {
  const { annotations = {} } = metadata;
  const mirrored = annotations[mirrorPodAnnotation];
  const path = pathOf(mirrorPodAnnotation);
  return [
    ...(old ? changes(annotations, old.metadata.annotations) : []),
    ...(mirrored !== undefined && !spec?.nodeName
      ? [field.invalid(path, mirrored, 'must set spec.nodeName if mirror pod annotation is set')]
      : []),
  ];
}

type Annotations = Record<string, string>;

function changes(annotations: Annotations, before: Annotations = {}): FieldError[] {
  const changed = (key: string): boolean => annotations[key] !== before[key];
  return Object.keys({ ...before, ...annotations }).flatMap((key) => {
    const what = nameOf(key);
    if (what === undefined || !changed(key)) return [];
    const how = Object.hasOwn(before, key) ? 'remove or update' : 'add';
    return [field.forbidden(pathOf(key), `may not ${how} ${what}`)];
  });
}

function nameOf(key: string): string | undefined {
  if (key === mirrorPodAnnotation) return 'mirror pod annotation';
  return key.startsWith(appArmorPrefix) ? 'AppArmor annotations' : undefined;
}

const pathOf = (key: string): string => `metadata.annotations[${key}]`;
