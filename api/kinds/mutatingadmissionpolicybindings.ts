/**
 * MutatingAdmissionPolicyBinding: puts a policy in force.
 * Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicybinding/strategy.go
 */
import { setMatchResourcesDefaults } from '../defaults/admission.ts';
import type { Kind } from '../kind.ts';
import type { MutatingAdmissionPolicyBinding } from '../types.ts';
import { validateBinding } from '../validation/admission-policy.ts';
import { validateMutable } from '../validation/admission-rules.ts';
import { policyBindingColumns } from './admission-columns.ts';

export const mutatingadmissionpolicybindings: Kind<MutatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicyBinding',
  plural: 'mutatingadmissionpolicybindings',
  singular: 'mutatingadmissionpolicybinding',
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding',
  categories: ['api-extensions'],
  versionedUpdate: true,
  setDefaults: ({ spec }) => setMatchResourcesDefaults(spec?.matchResources),
  validate: ({ spec }) => [
    ...validateBinding('spec', spec ?? {}),
    ...validateMutable('spec.matchResources', spec?.matchResources),
  ],
  columns: policyBindingColumns,
};
