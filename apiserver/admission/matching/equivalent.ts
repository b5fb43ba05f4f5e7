/**
 * The other versions and groups in which the objects of a request are served, and its objects as those have them.
 *
 * Upstream: apimachinery/pkg/runtime/mapper.go EquivalentResourceRegistry, apiserver/pkg/admission/plugin/webhook/generic/conversion.go
 */
import type { KubeObject } from '../../../api/types.ts';
import type { Resource } from '../../registry/resource.ts';
import type { Admission } from '../plugin.ts';

/** The resources whose objects are the same ones: versions of a kind share its cache. */
export const equivalentsOf = ({ resource, served }: Admission): Resource[] =>
  served.resources.all().filter((other) => other !== resource && other.cache === resource.cache);

/** Whether what a request is about are the resource's own objects, and not orders as a Binding is. */
export const isOwnKind = ({ kind, resource }: Admission): boolean => kind === resource.kind;

/** What the objects of a request are when it is matched by that resource. */
export const kindIn = (target: Resource, admission: Admission): Admission['kind'] =>
  isOwnKind(admission) ? target.kind : admission.kind;

/** An object of one version as another has it; the same object where that is the same. */
export async function convert(from: Resource, to: Resource, object: KubeObject): Promise<KubeObject> {
  if (from === to) return object;
  const stored = from.conversion ? await from.conversion.toStored(object) : object;
  if (!to.conversion) return stored;
  const [served] = await to.conversion.toServed([stored]);
  return served!;
}

/** The objects of a request as those see them who have matched it by one of its resources. */
export interface Versioned {
  target: Resource;
  object: KubeObject | undefined;
  old: KubeObject | undefined;
}

/** Converts the objects of a request. Throws what the conversion throws. */
export async function versionedFor(target: Resource, admission: Admission): Promise<Versioned> {
  const { resource, object, old } = admission;
  if (target === resource || !isOwnKind(admission)) return { target, object, old };
  return {
    target,
    object: object && (await convert(resource, target, object)),
    old: old && (await convert(resource, target, old)),
  };
}
