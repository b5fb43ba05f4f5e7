/** Binding: the order that a pod shall run on a node. Nothing is stored. Upstream: pkg/registry/core/pod (LegacyBindingREST) */
import type { Kind } from '../kind.ts';
import type { Binding } from '../types.ts';

export const bindings: Kind<Binding> = {
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  singular: 'binding',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Binding',
  // An order to the server, which lands in the pod: nothing is kept that could be read or changed.
  unstored: { verbs: ['create'] },
};
