import type { Kind } from '../kind.ts';
import type { Pod } from '../types.ts';

export const pods: Kind<Pod> = {
  group: '',
  version: 'v1',
  kind: 'Pod',
  plural: 'pods',
  singular: 'pod',
  namespaced: true,
  schema: 'io.k8s.api.core.v1.Pod',
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  subresources: {
    attach: { kind: 'PodAttachOptions', verbs: ['create', 'get'] },
    binding: { kind: 'Binding', verbs: ['create'] },
    eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
    log: { kind: 'Pod', verbs: ['get'] },
  },
  gracePeriod(pod) {
    const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    // Nobody runs it, so nobody needs time to stop it.
    if (!pod.spec?.nodeName || over) return 0;
    return pod.spec.terminationGracePeriodSeconds ?? 30;
  },
};
