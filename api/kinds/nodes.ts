import type { Kind } from '../kind.ts';
import type { Node } from '../types.ts';

export const nodes: Kind<Node> = {
  group: '',
  version: 'v1',
  kind: 'Node',
  plural: 'nodes',
  singular: 'node',
  namespaced: false,
  schema: 'io.k8s.api.core.v1.Node',
  storagePrefix: 'minions',
  shortNames: ['no'],
  status: true,
};
