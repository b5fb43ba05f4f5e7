/**
 * ValidatingAdmissionPolicyBinding: puts a policy in force.
 * Upstream: pkg/registry/admissionregistration/validatingadmissionpolicybinding/strategy.go
 */
import { setMatchResourcesDefaults } from '../defaults/admission.ts';
import type { Kind } from '../kind.ts';
import type { ValidatingAdmissionPolicyBinding } from '../types.ts';
import { validateBinding } from '../validation/admission-policy.ts';
import { validateActions } from '../validation/validating-admission-policy.ts';
import { policyBindingColumns } from './admission-columns.ts';

export const validatingadmissionpolicybindings: Kind<ValidatingAdmissionPolicyBinding> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  singular: 'validatingadmissionpolicybinding',
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  categories: ['api-extensions'],
  versionedUpdate: true,
  setDefaults: ({ spec }) => setMatchResourcesDefaults(spec?.matchResources),
  validate: ({ spec }) => [
    ...validateBinding('spec', spec ?? {}),
    ...validateActions('spec.validationActions', spec?.validationActions),
  ],
  columns: policyBindingColumns,
};
