/**
 * The rules of metadata, which are the same for every kind.
 *
 * Upstream: apimachinery/pkg/api/validation/objectmeta.go, pkg/apis/meta/v1/validation
 */
import { type FieldError, field } from './errors.ts';
import type { Kind } from './kind.ts';
import {
  dns1035LabelErrors,
  dns1123LabelErrors,
  dns1123SubdomainErrors,
  labelKeyErrors,
  labelValueErrors,
  pathSegmentErrors,
  qualifiedNameErrors,
} from './names.ts';
import type { KubeObject, ObjectMeta, OwnerReference } from './types.ts';

/** All annotations together, keys included, may be this many bytes. */
const maxAnnotationBytes = 256 * 1024;

export const immutable = 'field is immutable';

const nameRules = {
  'dns-subdomain': dns1123SubdomainErrors,
  'dns-label': dns1123LabelErrors,
  'dns-1035-label': dns1035LabelErrors,
  'path-segment': pathSegmentErrors,
} as const;

type NamedKind = Pick<Kind, 'namespaced' | 'nameRule' | 'plainFinalizers'>;

/** What is wrong with an object's metadata; with `old`, also which immutable part an update changes. */
export function validateObjectMeta(kind: NamedKind, object: KubeObject, old?: KubeObject): FieldError[] {
  const meta = object.metadata;
  return [
    ...nameErrors(kind, meta),
    ...namespaceErrors(kind, meta),
    ...(meta.generation !== undefined && meta.generation < 0
      ? [field.invalid('metadata.generation', meta.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels(meta.labels, 'metadata.labels'),
    ...validateAnnotations(meta.annotations, 'metadata.annotations'),
    ...ownerErrors(meta.ownerReferences ?? []),
    ...(meta.finalizers ?? []).flatMap((name, i) => finalizerErrors(kind, name, `metadata.finalizers[${i}]`)),
    ...(old ? updateErrors(meta, old.metadata) : []),
  ];
}

function nameErrors(kind: NamedKind, meta: ObjectMeta): FieldError[] {
  const rule = nameRules[kind.nameRule ?? 'dns-subdomain'];
  const errors: FieldError[] = [];
  if (meta.generateName) {
    // What the server appends to a prefix makes a trailing dash or dot good.
    const sample = meta.generateName.replace(/[-.]$/, '') + (/[-.]$/.test(meta.generateName) ? '-a' : '');
    errors.push(...rule(sample).map((why) => field.invalid('metadata.generateName', meta.generateName, why)));
  }
  if (!meta.name) errors.push(field.required('metadata.name', 'name or generateName is required'));
  else errors.push(...rule(meta.name).map((why) => field.invalid('metadata.name', meta.name, why)));
  return errors;
}

function namespaceErrors(kind: NamedKind, meta: ObjectMeta): FieldError[] {
  if (!kind.namespaced) {
    return meta.namespace ? [field.forbidden('metadata.namespace', 'not allowed on this type')] : [];
  }
  if (!meta.namespace) return [field.required('metadata.namespace')];
  return dns1123LabelErrors(meta.namespace).map((why) => field.invalid('metadata.namespace', meta.namespace, why));
}

/** Labels of an object, a template or a selector. */
export function validateLabels(labels: Record<string, string> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...labelKeyErrors(key).map((why) => field.invalid(path, key, why)),
    ...labelValueErrors(value).map((why) => field.invalid(path, value, why)),
  ]);
}

/** Annotations: keys like labels' but with any case, values of any kind, and a limit on all together. */
export function validateAnnotations(annotations: Record<string, string> | undefined, path: string): FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const size = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  return [
    ...entries.flatMap(([key]) => qualifiedNameErrors(key.toLowerCase()).map((why) => field.invalid(path, key, why))),
    ...(size > maxAnnotationBytes ? [field.tooLong(path, maxAnnotationBytes)] : []),
  ];
}

function finalizerErrors({ plainFinalizers }: NamedKind, name: string, path: string): FieldError[] {
  const errors = qualifiedNameErrors(name).map((why) => field.invalid(path, name, why));
  if (errors.length > 0 || plainFinalizers || name.includes('/') || standardFinalizers.includes(name)) return errors;
  return [field.invalid(path, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

function ownerErrors(owners: OwnerReference[]): FieldError[] {
  const errors = owners.flatMap((owner, i) => {
    const path = `metadata.ownerReferences[${i}]`;
    return (['apiVersion', 'kind', 'name', 'uid'] as const)
      .filter((part) => !owner[part])
      .map((part) =>
        part === 'apiVersion'
          ? field.invalid(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty')
          : field.invalid(`${path}.${part}`, owner[part] ?? '', 'must not be empty'),
      );
  });
  const controllers = owners.filter((owner) => owner.controller);
  if (controllers.length > 1) {
    const [first, second] = controllers.map((o) => `${o.kind}/${o.name}`);
    errors.push(
      field.invalid(
        'metadata.ownerReferences',
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${second}`,
      ),
    );
  }
  return errors;
}

/** What an update may not change. Fields that only the server sets have been restored before, unless they were given. */
function updateErrors(meta: ObjectMeta, old: ObjectMeta): FieldError[] {
  const errors: FieldError[] = [];
  const fixed = [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ] as const;
  for (const name of fixed) {
    if (meta[name] !== old[name]) errors.push(field.invalid(`metadata.${name}`, meta[name] ?? null, immutable));
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(field.invalid('metadata.generation', meta.generation ?? 0, 'must not be decremented'));
  }
  const added = (meta.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
  if (old.deletionTimestamp && added.length > 0) {
    const why = `no new finalizers can be added if the object is being deleted, found new finalizers ${goList(added)}`;
    errors.push(field.forbidden('metadata.finalizers', why));
  }
  return errors;
}

const goList = (texts: string[]): string => `[]string{${texts.map((t) => JSON.stringify(t)).join(', ')}}`;
