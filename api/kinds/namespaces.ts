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
};
