/**
 * Nobody reads by a policy what they may not read themselves: its expressions see its parameters, and its messages can tell them.
 * Who writes a policy must be allowed to get all objects of its kind of parameters, who writes a binding those that it names.
 *
 * An admission plugin of our own, behind those of Kubernetes, and no flag turns it off.
 *
 * Upstream: pkg/registry/admissionregistration/{validating,mutating}admissionpolicy{,binding}/authz.go
 */
import { type ApiError, field, invalid } from '../../../api/errors.ts';
import { isEqual } from '../../../api/patch/json.ts';
import type { KubeObject } from '../../../api/types.ts';
import { mastersGroup } from '../../authz/authorizer.ts';
import type { Admission, AdmissionPlugin } from '../plugin.ts';
import type { ParamRef } from './binding.ts';
import { type ParamKind, resourceOf } from './params.ts';

interface Spec {
  paramKind?: ParamKind;
  policyName?: string;
  paramRef?: ParamRef;
}

const kinds = /^(validating|mutating)admissionpolic(ies|ybindings)$/;

export const paramPermission: AdmissionPlugin = {
  name: 'ParamPermission',
  validate(admission) {
    const { resource, subresource, object, options } = admission;
    const { group, plural } = resource.kind;
    if (group !== 'admissionregistration.k8s.io' || subresource !== '' || !object || !kinds.test(plural)) return;
    if (options.user.groups.includes(mastersGroup)) return;
    if (plural.endsWith('bindings')) checkBinding(admission);
    else checkPolicy(admission);
  },
};

const specOf = (object: KubeObject | undefined): Spec => (object as { spec?: Spec } | undefined)?.spec ?? {};

function checkPolicy(admission: Admission): void {
  const { paramKind } = specOf(admission.object);
  if (!paramKind || isEqual(paramKind, specOf(admission.old).paramKind)) return;
  if (mayRead(admission, 'get', paramKind, { namespace: '*', name: '*' })) return;
  const { kind, apiVersion } = paramKind;
  const why = `must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${apiVersion})`;
  throw refused(admission, 'spec.paramKind', why);
}

function checkBinding(admission: Admission): void {
  const { policyName = '', paramRef } = specOf(admission.object);
  if (!paramRef) return;
  const old = specOf(admission.old);
  if (isEqual(paramRef, old.paramRef) && policyName === old.policyName) return;
  const { group, plural } = admission.resource.kind;
  const policies = admission.served.resources.must(group, plural.replace('ybindings', 'ies'));
  const { paramKind } = specOf(policies.cache.get(policyName)?.object);
  const { name = '', namespace = '' } = paramRef;
  const verb = name === '' ? 'list' : 'get';
  if (mayRead(admission, verb, paramKind, { namespace, name })) return;
  throw refused(admission, 'spec.paramRef', `does not have "${verb}" permission on the object referenced by paramRef`);
}

/** Of a kind that is not known, the right to read everything is asked for. */
function mayRead(
  { served, options }: Admission,
  verb: string,
  paramKind: ParamKind | undefined,
  place: { namespace: string; name: string },
): boolean {
  const found = paramKind && resourceOf(served, paramKind)?.kind;
  const asked = found
    ? { group: found.group, version: found.version, resource: found.plural }
    : { group: '*', version: '*', resource: '*' };
  return served.authorizer.decide(options.user, {
    isResource: true,
    path: '',
    subresource: '',
    verb,
    ...asked,
    ...place,
  }).allowed;
}

function refused({ resource, object, options }: Admission, path: string, why: string): ApiError {
  const error = field.forbidden(path, `user ${JSON.stringify(options.user.name)} ${why}`);
  return invalid(resource.kind, object?.metadata.name ?? '', [error]);
}
