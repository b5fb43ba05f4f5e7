/**
 * ValidatingAdmissionPolicy: expressions that say whether a request may pass.
 * Upstream: pkg/registry/admissionregistration/validatingadmissionpolicy/strategy.go
 */
import { setMatchResourcesDefaults } from '../defaults/admission.ts';
import type { Kind } from '../kind.ts';
import type { ValidatingAdmissionPolicy } from '../types.ts';
import { validatePolicyStatus, validateValidatingPolicy } from '../validation/validating-admission-policy.ts';
import { paramKindColumn } from './admission-columns.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const validatingadmissionpolicies: Kind<ValidatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  singular: 'validatingadmissionpolicy',
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  categories: ['api-extensions'],
  versionedUpdate: true,
  status: true,
  setDefaults: (policy) => {
    policy.spec ??= {};
    policy.spec.failurePolicy ??= 'Fail';
    setMatchResourcesDefaults(policy.spec.matchConstraints);
  },
  validate: ({ metadata, spec = {} }) => validateValidatingPolicy('spec', spec, metadata.name ?? ''),
  validateStatus: ({ status = {} }) => validatePolicyStatus('status', status),
  strategy: {
    prepareForCreate: (policy) => {
      policy.status = {};
    },
    prepareForUpdate: (policy, old) => {
      policy.status = old.status;
    },
  },
  columns: [
    nameColumn,
    {
      name: 'Validations',
      type: 'integer',
      description: 'How many validations there are.',
      cell: ({ spec }) => spec?.validations?.length ?? 0,
    },
    paramKindColumn,
    ageColumn,
  ],
};
