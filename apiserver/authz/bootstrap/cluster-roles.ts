/**
 * The cluster roles that a cluster starts with, but those of controllers. Those for users (`admin`, `edit`, `view`) are put
 * together by the aggregation controller from all roles that say they belong to them.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go
 */
import { events, read, write } from './rule-table.ts';

/** A role's rules, as lines of `rule-table.ts`. */
export type RoleTable = Record<string, readonly string[]>;

/** What a role is put together from, and what it goes into: `edit` is part of `admin`. */
export const aggregated: Record<string, { partOf?: string }> = {
  admin: {},
  edit: { partOf: 'admin' },
  view: { partOf: 'edit' },
};

/** Roles that go into one of those. */
export const aggregatedInto: Record<string, string> = {
  'system:aggregate-to-admin': 'admin',
  'system:aggregate-to-edit': 'edit',
  'system:aggregate-to-view': 'view',
};

const health = '/healthz /livez /readyz /version /version/';
const dra = 'resource.k8s.io';

export const clusterRoles: RoleTable = {
  'cluster-admin': ['* | * | *', '* | *'],
  'system:discovery': [`get | ${health} /api /api/* /apis /apis/* /openapi /openapi/*`],
  'system:public-info-viewer': [`get | ${health}`],
  'system:monitoring': ['get | /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*'],
  'system:basic-user': [
    'create | authorization.k8s.io | selfsubjectaccessreviews selfsubjectrulesreviews',
    'create | authentication.k8s.io | selfsubjectreviews',
  ],
  'system:aggregate-to-admin': [
    'create | authorization.k8s.io | localsubjectaccessreviews',
    `${read} ${write} | rbac.authorization.k8s.io | roles rolebindings`,
  ],
  'system:aggregate-to-edit': [
    `${read} | core | pods/attach pods/proxy pods/exec pods/portforward secrets services/proxy`,
    'impersonate | core | serviceaccounts',
    `${write} | core | pods pods/attach pods/proxy pods/exec pods/portforward`,
    'create | core | pods/eviction',
    `${write} | core | replicationcontrollers replicationcontrollers/scale serviceaccounts services services/proxy persistentvolumeclaims configmaps secrets events`,
    'create | core | serviceaccounts/token',
    `${write} | apps | statefulsets statefulsets/scale daemonsets deployments deployments/scale deployments/rollback replicasets replicasets/scale`,
    `${write} | autoscaling | horizontalpodautoscalers`,
    `${write} | batch | jobs cronjobs`,
    `${write} | extensions | daemonsets deployments deployments/scale deployments/rollback ingresses replicasets replicasets/scale replicationcontrollers/scale networkpolicies`,
    `${write} | policy | poddisruptionbudgets`,
    `${write} | networking.k8s.io | networkpolicies ingresses`,
    `${read} ${write} | coordination.k8s.io | leases`,
    `${write} | ${dra} | resourceclaims resourceclaimtemplates`,
  ],
  'system:aggregate-to-view': [
    `${read} | core | pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status endpoints persistentvolumeclaims persistentvolumeclaims/status configmaps`,
    `${read} | core | limitranges resourcequotas bindings events pods/status resourcequotas/status namespaces/status replicationcontrollers/status pods/log`,
    // In a namespace: that namespace itself, which tells its user where there is something to see.
    `${read} | core | namespaces`,
    `${read} | discovery.k8s.io | endpointslices`,
    `${read} | apps | controllerrevisions statefulsets statefulsets/status statefulsets/scale daemonsets daemonsets/status deployments deployments/status deployments/scale replicasets replicasets/status replicasets/scale`,
    `${read} | autoscaling | horizontalpodautoscalers horizontalpodautoscalers/status`,
    `${read} | batch | jobs cronjobs cronjobs/status jobs/status`,
    `${read} | extensions | daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status replicasets replicasets/scale replicasets/status replicationcontrollers/scale networkpolicies`,
    `${read} | policy | poddisruptionbudgets poddisruptionbudgets/status`,
    `${read} | networking.k8s.io | networkpolicies ingresses ingresses/status`,
    `${read} | ${dra} | resourceclaims resourceclaims/status resourceclaimtemplates`,
  ],
  'system:heapster': [`${read} | core | events pods nodes namespaces`, `${read} | extensions | deployments`],
  'system:node': [
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews localsubjectaccessreviews',
    `${read} | core | services`,
    `${read} create | core | nodes`,
    'update patch | core | nodes/status',
    'update patch | core | nodes',
    'create update patch | core | events',
    `${read} | core | pods`,
    'create delete | core | pods',
    'update patch | core | pods/status',
    'create | core | pods/eviction',
    `${read} | core | secrets configmaps`,
    'get | core | persistentvolumeclaims persistentvolumes',
    'get | core | endpoints',
    `${read} create | certificates.k8s.io | certificatesigningrequests`,
    'get create update patch delete | coordination.k8s.io | leases',
    'get | storage.k8s.io | volumeattachments',
    'create | core | serviceaccounts/token',
    'get update patch | core | persistentvolumeclaims/status',
    `${read} | storage.k8s.io | csidrivers`,
    'get create update patch delete | storage.k8s.io | csinodes',
    `${read} | node.k8s.io | runtimeclasses`,
    `get | ${dra} | resourceclaims`,
    `deletecollection | ${dra} | resourceslices`,
    'get | core | serviceaccounts',
  ],
  'system:node-problem-detector': ['get | core | nodes', 'patch | core | nodes/status', events],
  'system:kubelet-api-admin': [
    `${read} | core | nodes`,
    'proxy | core | nodes',
    '* | core | nodes/proxy nodes/metrics nodes/stats nodes/log',
    '* | core | nodes/pods nodes/healthz nodes/configz',
  ],
  'system:node-bootstrapper': [`${read} create | certificates.k8s.io | certificatesigningrequests`],
  'system:auth-delegator': [
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews',
  ],
  'system:kube-aggregator': [`${read} | core | services endpoints`],
  'system:kube-controller-manager': [
    events,
    'create | coordination.k8s.io | leases',
    'get update | coordination.k8s.io | leases | kube-controller-manager',
    'create | core | secrets serviceaccounts',
    'delete | core | secrets',
    'get | core | namespaces secrets serviceaccounts configmaps',
    'update | core | secrets serviceaccounts',
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews',
    'list watch | * | *',
    'create | core | serviceaccounts/token',
  ],
  'system:kube-dns': ['list watch | core | endpoints services'],
  'system:kube-scheduler': [
    events,
    'create | coordination.k8s.io | leases',
    'get update | coordination.k8s.io | leases | kube-scheduler',
    `${read} | core | nodes`,
    `${read} delete | core | pods`,
    'create | core | pods/binding bindings',
    'patch update | core | pods/status',
    `${read} | core | services replicationcontrollers`,
    `${read} | apps extensions | replicasets`,
    `${read} | apps | statefulsets`,
    `${read} | policy | poddisruptionbudgets`,
    `${read} | core | persistentvolumeclaims persistentvolumes`,
    'create | authentication.k8s.io | tokenreviews',
    'create | authorization.k8s.io | subjectaccessreviews',
    `${read} | storage.k8s.io | csinodes`,
    `${read} | storage.k8s.io | volumeattachments`,
    `${read} | core | namespaces`,
    `${read} | storage.k8s.io | csidrivers`,
    `${read} | storage.k8s.io | csistoragecapacities`,
    `${read} | ${dra} | deviceclasses`,
    `${read} patch update | ${dra} | resourceclaims`,
    `${read} patch update | ${dra} | resourceclaims/status`,
    `${read} patch update | core | pods/finalizers`,
    `${read} | ${dra} | resourceslices`,
  ],
  'system:volume-scheduler': [
    `${read} patch update | core | persistentvolumes`,
    `${read} | storage.k8s.io | storageclasses`,
    `${read} patch update | core | persistentvolumeclaims`,
  ],
  'system:node-proxier': [
    'list watch | core | services endpoints',
    `${read} | core | nodes`,
    events,
    'list watch | networking.k8s.io | servicecidrs',
    'list watch | discovery.k8s.io | endpointslices',
  ],
  'system:persistent-volume-provisioner': [
    `${read} create delete | core | persistentvolumes`,
    `${read} update | core | persistentvolumeclaims`,
    `${read} | storage.k8s.io | storageclasses`,
    'watch | core | events',
    events,
  ],
  'system:service-account-issuer-discovery': [
    'get | /.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
  ],
  'system:certificates.k8s.io:certificatesigningrequests:nodeclient': [
    'create | certificates.k8s.io | certificatesigningrequests/nodeclient',
  ],
  'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient': [
    'create | certificates.k8s.io | certificatesigningrequests/selfnodeclient',
  ],
  'system:certificates.k8s.io:legacy-unknown-approver': [approves('legacy-unknown')],
  'system:certificates.k8s.io:kubelet-serving-approver': [approves('kubelet-serving')],
  'system:certificates.k8s.io:kube-apiserver-client-approver': [approves('kube-apiserver-client')],
  'system:certificates.k8s.io:kube-apiserver-client-kubelet-approver': [approves('kube-apiserver-client-kubelet')],
  // Ours: Kubernetes runs Ingress and cluster DNS as add-ons with accounts of their own; here they are part of the proxy.
  'minik:proxy-add-ons': [
    `${read} | core | namespaces pods services endpoints`,
    `${read} | discovery.k8s.io | endpointslices`,
    `${read} | networking.k8s.io | ingresses ingressclasses`,
    'patch update | networking.k8s.io | ingresses/status',
  ],
};

function approves(signer: string): string {
  return `approve | certificates.k8s.io | signers | kubernetes.io/${signer}`;
}
