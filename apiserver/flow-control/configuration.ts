/**
 * The flow control that every cluster begins with, as FlowSchemas and PriorityLevelConfigurations.
 *
 * The mandatory objects are in force even when somebody has deleted them, and are made as they should be again. The
 * suggested ones may be changed: who does so sets their annotation `apf.kubernetes.io/autoupdate-spec` to `false`.
 *
 * Upstream: apiserver/pkg/apis/flowcontrol/bootstrap/default.go
 */
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/types.ts';
import { mandatoryFlowSchemas, mandatoryPriorityLevels } from '../../api/validation/flow-control-mandatory.ts';

/** Says that the server keeps the object's spec as it should be. */
export const autoUpdateAnnotation = 'apf.kubernetes.io/autoupdate-spec';

type Rules = NonNullable<NonNullable<FlowSchema['spec']>['rules']>[number];
type Subject = Rules['subjects'][number];
type ResourceRule = NonNullable<Rules['resourceRules']>[number];
type LimitResponse = NonNullable<
  NonNullable<NonNullable<PriorityLevelConfiguration['spec']>['limited']>['limitResponse']
>;

const metadata = (name: string) => ({ name, annotations: { [autoUpdateAnnotation]: 'true' } });

const level = (name: string, spec: PriorityLevelConfiguration['spec']): PriorityLevelConfiguration => ({
  metadata: metadata(name),
  spec,
});

const limited = (
  name: string,
  nominalConcurrencyShares: number,
  lendablePercent: number,
  limitResponse: LimitResponse,
): PriorityLevelConfiguration =>
  level(name, { type: 'Limited', limited: { nominalConcurrencyShares, lendablePercent, limitResponse } });

const queue = (queues: number, handSize: number): LimitResponse => ({
  type: 'Queue',
  queuing: { queues, handSize, queueLengthLimit: 50 },
});

const users = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }));
const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }));
const kubeSystemAccounts = (...names: string[]): Subject[] =>
  names.map((name) => ({ kind: 'ServiceAccount', serviceAccount: { name, namespace: 'kube-system' } }));

const everyone = groups('system:unauthenticated', 'system:authenticated');

const everything = {
  resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
  nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
};

const lockVerbs = ['get', 'create', 'update'];
/** Objects that serve as locks, in any namespace. */
const locks = (apiGroup: string, ...resources: string[]): ResourceRule => ({
  verbs: lockVerbs,
  apiGroups: [apiGroup],
  resources,
  namespaces: ['*'],
});

const schema = (
  name: string,
  priorityLevel: string,
  matchingPrecedence: number,
  distinguisher: 'ByUser' | 'ByNamespace' | undefined,
  rules: Rules,
): FlowSchema => ({
  metadata: metadata(name),
  spec: {
    priorityLevelConfiguration: { name: priorityLevel },
    matchingPrecedence,
    ...(distinguisher && { distinguisherMethod: { type: distinguisher } }),
    rules: [rules],
  },
});

export const mandatoryLevels: readonly PriorityLevelConfiguration[] = [...mandatoryPriorityLevels].map(([name, spec]) =>
  level(name, spec),
);

export const suggestedLevels: readonly PriorityLevelConfiguration[] = [
  limited('system', 30, 33, queue(64, 6)),
  limited('node-high', 40, 25, queue(64, 6)),
  limited('leader-election', 10, 0, queue(16, 4)),
  limited('workload-high', 40, 50, queue(128, 6)),
  limited('workload-low', 100, 90, queue(128, 6)),
  limited('global-default', 20, 50, queue(128, 6)),
];

export const mandatorySchemas: readonly FlowSchema[] = [...mandatoryFlowSchemas].map(([name, spec]) => ({
  metadata: metadata(name),
  spec,
}));

export const suggestedSchemas: readonly FlowSchema[] = [
  schema('probes', 'exempt', 2, undefined, {
    subjects: everyone,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...kubeSystemAccounts('*')],
    resourceRules: [locks('coordination.k8s.io', 'leases')],
  }),
  schema('endpoint-controller', 'workload-high', 150, 'ByUser', {
    subjects: [
      ...users('system:kube-controller-manager'),
      ...kubeSystemAccounts('endpoint-controller', 'endpointslicemirroring-controller'),
    ],
    resourceRules: [locks('', 'endpoints')],
  }),
  schema('workload-leader-election', 'leader-election', 200, 'ByUser', {
    subjects: kubeSystemAccounts('*'),
    resourceRules: [locks('', 'endpoints', 'configmaps'), locks('coordination.k8s.io', 'leases')],
  }),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      {
        verbs: ['*'],
        apiGroups: [''],
        resources: ['nodes', 'nodes/status'],
        namespaces: ['*'],
        clusterScope: true,
      },
      { verbs: ['*'], apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespaces: ['*'] },
    ],
  }),
  schema('system-nodes', 'system', 500, 'ByUser', { subjects: groups('system:nodes'), ...everything }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-controller-manager'),
    ...everything,
  }),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', {
    subjects: users('system:kube-scheduler'),
    ...everything,
  }),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', {
    subjects: kubeSystemAccounts('*'),
    ...everything,
  }),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', {
    subjects: groups('system:serviceaccounts'),
    ...everything,
  }),
  schema('global-default', 'global-default', 9900, 'ByUser', { subjects: everyone, ...everything }),
];
