/**
 * MutatingAdmissionPolicy: expressions that change an object before it is stored.
 * Upstream: pkg/registry/admissionregistration/mutatingadmissionpolicy/strategy.go
 */
import { setMatchResourcesDefaults } from '../defaults/admission.ts';
import type { Kind } from '../kind.ts';
import type { MutatingAdmissionPolicy } from '../types.ts';
import { validateMutatingPolicy } from '../validation/mutating-admission-policy.ts';
import { paramKindColumn } from './admission-columns.ts';
import { ageColumn, nameColumn } from './columns.ts';

export const mutatingadmissionpolicies: Kind<MutatingAdmissionPolicy> = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'MutatingAdmissionPolicy',
  plural: 'mutatingadmissionpolicies',
  singular: 'mutatingadmissionpolicy',
  namespaced: false,
  schema: 'io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy',
  categories: ['api-extensions'],
  versionedUpdate: true,
  setDefaults: (policy) => {
    policy.spec ??= {};
    policy.spec.failurePolicy ??= 'Fail';
    setMatchResourcesDefaults(policy.spec.matchConstraints);
  },
  validate: ({ spec = {} }) => validateMutatingPolicy('spec', spec),
  columns: [
    nameColumn,
    {
      name: 'Mutations',
      type: 'integer',
      description: 'How many mutations there are.',
      cell: ({ spec }) => spec?.mutations?.length ?? 0,
    },
    paramKindColumn,
    ageColumn,
  ],
};
