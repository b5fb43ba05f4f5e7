/**
 * The roles and bindings that a cluster starts with, as data in RBAC's shape: what each component may do. Anonymous
 * callers get health and version only.
 *
 * Upstream: plugin/pkg/auth/authorizer/rbac/bootstrappolicy/{policy,controller_policy}.go
 */
import type { PolicyRule } from './rules.ts';

interface Binding {
  role: string;
  users?: string[];
  groups?: string[];
}

const read = ['get', 'list', 'watch'];
const core = [''];

const events: PolicyRule = {
  verbs: ['create', 'update', 'patch'],
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
};
const leases: PolicyRule = {
  verbs: [...read, 'create', 'update', 'patch', 'delete'],
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
};

export const clusterRoles: Record<string, PolicyRule[]> = {
  'system:public-info-viewer': [
    { verbs: ['get'], nonResourceURLs: ['/healthz', '/version', '/version/', '/livez', '/readyz'] },
  ],
  'system:discovery': [
    {
      verbs: ['get'],
      nonResourceURLs: [
        '/healthz',
        '/livez',
        '/readyz',
        '/version',
        '/version/',
        '/openapi',
        '/openapi/*',
        '/api',
        '/api/*',
        '/apis',
        '/apis/*',
      ],
    },
  ],
  'system:kube-scheduler': [
    events,
    leases,
    { verbs: read, apiGroups: core, resources: ['nodes', 'namespaces'] },
    { verbs: [...read, 'delete'], apiGroups: core, resources: ['pods'] },
    { verbs: ['create'], apiGroups: core, resources: ['bindings', 'pods/binding'] },
    { verbs: ['patch', 'update'], apiGroups: core, resources: ['pods/status'] },
    {
      verbs: read,
      apiGroups: core,
      resources: ['replicationcontrollers', 'services', 'persistentvolumes', 'persistentvolumeclaims'],
    },
    { verbs: read, apiGroups: ['apps'], resources: ['replicasets', 'statefulsets'] },
    { verbs: read, apiGroups: ['policy'], resources: ['poddisruptionbudgets'] },
    {
      verbs: read,
      apiGroups: ['storage.k8s.io'],
      resources: ['storageclasses', 'csinodes', 'csidrivers', 'csistoragecapacities', 'volumeattachments'],
    },
    { verbs: read, apiGroups: ['resource.k8s.io'], resources: ['*'] },
  ],
  // All controllers share one identity here, so it holds the union of the `system:controller:*` roles: the namespace
  // and garbage collectors of that union read and delete objects of every kind.
  'system:kube-controller-manager': [
    events,
    leases,
    { verbs: [...read, 'patch', 'update', 'delete', 'deletecollection'], apiGroups: ['*'], resources: ['*'] },
    {
      verbs: ['create'],
      apiGroups: core,
      resources: ['pods', 'endpoints', 'secrets', 'serviceaccounts', 'configmaps'],
    },
    {
      verbs: ['create'],
      apiGroups: core,
      resources: ['serviceaccounts/token', 'pods/eviction', 'namespaces', 'persistentvolumes'],
    },
    { verbs: ['create'], apiGroups: core, resources: ['persistentvolumeclaims'] },
    { verbs: ['create'], apiGroups: ['apps'], resources: ['replicasets', 'controllerrevisions'] },
    { verbs: ['create'], apiGroups: ['batch'], resources: ['jobs'] },
    { verbs: ['create'], apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
    { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'] },
    { verbs: ['create'], apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'] },
  ],
  'system:node-proxier': [
    events,
    { verbs: read, apiGroups: core, resources: ['nodes', 'services', 'endpoints'] },
    { verbs: read, apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'] },
    // Kubernetes runs Ingress and cluster DNS as add-ons with accounts of their own; here they are part of the proxy.
    { verbs: read, apiGroups: core, resources: ['namespaces', 'pods'] },
    { verbs: read, apiGroups: ['networking.k8s.io'], resources: ['ingresses', 'ingressclasses'] },
  ],
};

export const clusterRoleBindings: Binding[] = [
  { role: 'system:public-info-viewer', groups: ['system:authenticated', 'system:unauthenticated'] },
  { role: 'system:discovery', groups: ['system:authenticated'] },
  { role: 'system:kube-scheduler', users: ['system:kube-scheduler'] },
  { role: 'system:kube-controller-manager', users: ['system:kube-controller-manager'] },
  { role: 'system:node-proxier', users: ['system:kube-proxy'] },
];
