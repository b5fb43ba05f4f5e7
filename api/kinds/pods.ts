/**
 * Pod: containers that share an address and volumes on one node.
 * Upstream: pkg/registry/core/pod/strategy.go, pkg/printers/internalversion (printPod)
 */
import { mergeLabelKeys } from '../defaults/match-label-keys.ts';
import { setPodOnlyDefaults, setPodSpecDefaults } from '../defaults/pod-spec.ts';
import type { Kind } from '../kind.ts';
import { isConditionTrue } from '../meta.ts';
import { summarizePod } from '../pod-status-text.ts';
import { qosClass } from '../pods.ts';
import type { Pod, PodSpec } from '../types.ts';
import { validateEphemeralContainersUpdate } from '../validation/ephemeral-containers.ts';
import { validatePod, validatePodStatusUpdate } from '../validation/pod.ts';
import { keepAllButResources, validatePodResize } from '../validation/pod-resize.ts';
import { ageColumn, nameColumn, orNone } from './columns.ts';

const managed = ({ metadata }: Pod): Pod['metadata']['managedFields'] => metadata.managedFields;

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
    ephemeralcontainers: { kind: 'Pod', verbs: ['get', 'patch', 'update'] },
    eviction: { kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    exec: { kind: 'PodExecOptions', verbs: ['create', 'get'] },
    log: { kind: 'Pod', verbs: ['get'] },
    portforward: { kind: 'PodPortForwardOptions', verbs: ['create', 'get'] },
    proxy: { kind: 'PodProxyOptions', verbs: ['create', 'delete', 'get', 'patch', 'update'] },
    resize: { kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  },
  parts: {
    ephemeralcontainers: {
      prepareForUpdate: (pod, old) => {
        const spec: PodSpec = { ...old.spec!, ephemeralContainers: pod.spec?.ephemeralContainers ?? [] };
        setPodSpecDefaults(spec);
        if (spec.ephemeralContainers!.length === 0) delete spec.ephemeralContainers;
        Object.assign(pod, { spec, status: old.status, metadata: { ...old.metadata, managedFields: managed(pod) } });
      },
      validate: validateEphemeralContainersUpdate,
    },
    resize: {
      prepareForUpdate: (pod, old) => {
        const spec = keepAllButResources(pod.spec ?? old.spec!, old.spec!);
        setPodOnlyDefaults(spec);
        Object.assign(pod, { spec, status: old.status, metadata: { ...old.metadata, managedFields: managed(pod) } });
      },
      validate: validatePodResize,
    },
  },
  /** A pod that no node has yet has nobody to stop it: it goes at once. So does one that has ended. */
  gracePeriod: (pod) => {
    if (!pod.spec?.nodeName || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return 0;
    return pod.spec.terminationGracePeriodSeconds ?? 30;
  },
  setDefaults: (pod) => {
    if (!pod.spec) return;
    setPodSpecDefaults(pod.spec);
    setPodOnlyDefaults(pod.spec);
  },
  validate: validatePod,
  validateStatus: validatePodStatusUpdate,
  strategy: {
    prepareForCreate: (pod, { now }) => {
      mergeLabelKeys(pod);
      pod.status = { phase: 'Pending', qosClass: qosClass(pod) };
      if (!pod.spec?.schedulingGates?.length) return;
      pod.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
          lastTransitionTime: now,
        },
      ];
    },
    prepareForUpdate: (pod, old) => {
      pod.status = old.status;
    },
    prepareForStatusUpdate: (pod, old) => {
      // The class was decided with the spec; a kubelet that sends none does not take it away.
      pod.status = { ...pod.status, qosClass: old.status?.qosClass ?? qosClass(pod) };
    },
  },
  fieldSelectors: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'The aggregate readiness state of this pod for accepting traffic.',
      cell: (pod, now) => summarizePod(pod, now).ready,
    },
    {
      name: 'Status',
      type: 'string',
      description: 'The aggregate status of the containers in this pod.',
      cell: (pod, now) => summarizePod(pod, now).status,
    },
    {
      name: 'Restarts',
      type: 'string',
      description:
        'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
      cell: (pod, now) => summarizePod(pod, now).restarts,
    },
    ageColumn,
    {
      name: 'IP',
      type: 'string',
      priority: 1,
      description: 'Address of the pod, which its containers share.',
      cell: (pod) => orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
    },
    {
      name: 'Node',
      type: 'string',
      priority: 1,
      description: 'The node that the pod was assigned to.',
      cell: (pod) => orNone(pod.spec?.nodeName),
    },
    {
      name: 'Nominated Node',
      type: 'string',
      priority: 1,
      description: 'The node on which others make room for the pod.',
      cell: (pod) => orNone(pod.status?.nominatedNodeName),
    },
    {
      name: 'Readiness Gates',
      type: 'string',
      priority: 1,
      description: 'How many of the extra conditions for readiness hold.',
      cell: readinessGates,
    },
  ],
};

function readinessGates(pod: Pod): string {
  const gates = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return '<none>';
  const met = gates.filter((gate) => isConditionTrue(pod.status?.conditions, gate.conditionType));
  return `${met.length}/${gates.length}`;
}
