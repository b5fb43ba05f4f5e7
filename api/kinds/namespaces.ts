import type { Kind } from '../kind.ts';
import type { Namespace } from '../types.ts';

export const namespaces: Kind<Namespace> = {
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  singular: 'namespace',
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Namespace',
  shortNames: ['ns'],
  status: true,
  subresources: { finalize: { kind: 'Namespace', verbs: ['update'] } },
  finalizers: (namespace) => namespace.spec?.finalizers ?? [],
  strategy: {
    prepareForCreate(namespace) {
      // The namespace controller takes it off once everything inside is gone.
      namespace.spec = { finalizers: ['kubernetes'] };
      namespace.status = { phase: 'Active' };
    },
    prepareForUpdate(namespace, old) {
      namespace.spec = old.spec;
      namespace.status = old.status;
    },
    prepareForDelete(namespace) {
      namespace.status = { ...namespace.status, phase: 'Terminating' };
    },
  },
};
