/**
 * What Kubernetes' documentation says that its roles are for, as tables to be read by people. Nothing here comes from the
 * roles that the API server makes: the matrix holds the two against each other.
 *
 * Upstream: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ (user-facing roles, API discovery roles)
 */
import type { Access, Rights } from './access.ts';

/** `verbs | group | resources`. `read` and `write` stand for the verbs of that kind. */
type Table = readonly string[];

const words: Record<string, string> = {
  read: 'get list watch',
  write: 'create update patch delete deletecollection',
};

/** Reads most of a namespace; no Secrets, no roles or bindings, nothing that runs in a pod. */
const view: Table = [
  'read | core | bindings configmaps endpoints events limitranges namespaces namespaces/status',
  'read | core | persistentvolumeclaims persistentvolumeclaims/status pods pods/log pods/status',
  'read | core | replicationcontrollers replicationcontrollers/scale replicationcontrollers/status',
  'read | core | resourcequotas resourcequotas/status serviceaccounts services services/status',
  'read | apps | controllerrevisions daemonsets daemonsets/status',
  'read | apps | deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status',
  'read | apps | statefulsets statefulsets/scale statefulsets/status',
  'read | autoscaling | horizontalpodautoscalers horizontalpodautoscalers/status',
  'read | batch | cronjobs cronjobs/status jobs jobs/status',
  'read | discovery.k8s.io | endpointslices',
  'read | networking.k8s.io | ingresses ingresses/status networkpolicies',
  'read | policy | poddisruptionbudgets poddisruptionbudgets/status',
  'read | resource.k8s.io | resourceclaims resourceclaims/status resourceclaimtemplates',
  // The custom kind of the matrix, which a role adds by aggregation.
  'read | matrix.example.com | widgets',
];

/** Changes what runs in a namespace, reads its Secrets, enters its pods; no roles, quotas, endpoints, or status. */
const edit: Table = [
  ...view,
  'read write | core | secrets pods/attach pods/exec pods/portforward pods/proxy services/proxy',
  'write | core | configmaps events persistentvolumeclaims pods replicationcontrollers replicationcontrollers/scale',
  'write | core | serviceaccounts services',
  'create | core | pods/eviction serviceaccounts/token',
  'impersonate | core | serviceaccounts',
  'write | apps | daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale',
  'write | apps | statefulsets statefulsets/scale',
  'write | autoscaling | horizontalpodautoscalers',
  'write | batch | cronjobs jobs',
  'read write | coordination.k8s.io | leases',
  'write | networking.k8s.io | ingresses networkpolicies',
  'write | policy | poddisruptionbudgets',
  'write | resource.k8s.io | resourceclaims resourceclaimtemplates',
];

/** Gives others rights in the namespace too; still neither quotas nor the namespace itself. */
const admin: Table = [
  ...edit,
  'read write | rbac.authorization.k8s.io | rolebindings roles',
  'create | authorization.k8s.io | localsubjectaccessreviews',
];

/** Whoever is known may ask about themselves. */
const basicUser: Table = [
  'create | authorization.k8s.io | selfsubjectaccessreviews selfsubjectrulesreviews',
  'create | authentication.k8s.io | selfsubjectreviews',
];

const publicPaths = ['/healthz', '/livez', '/readyz', '/version', '/version/'];
const discoveryPaths = [...publicPaths, '/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'];
const issuerPaths = ['/.well-known/openid-configuration', '/openid/v1/jwks'];

interface Row {
  verbs: string[];
  group: string;
  resources: string[];
}

const split = (text: string): string[] => text.trim().split(/\s+/);

function rowOf(line: string): Row {
  const [verbs = '', group = '', resources = ''] = line.split('|');
  const own = group.trim();
  return {
    verbs: split(verbs).flatMap((word) => split(words[word] ?? word)),
    group: own === 'core' ? '' : own,
    resources: split(resources),
  };
}

function rightsOf(table: Table): Rights {
  const rows = table.map(rowOf);
  return ({ path, verb, group, resource, subresource }: Access) => {
    const full = subresource ? `${resource}/${subresource}` : resource;
    const found = rows.some((row) => row.group === group && row.verbs.includes(verb) && row.resources.includes(full));
    return path === undefined && found ? 'allowed' : 'forbidden';
  };
}

const mayGet =
  (paths: readonly string[]): Rights =>
  ({ verb, path }) => {
    const covers = (one: string): boolean =>
      one.endsWith('*') ? (path ?? '').startsWith(one.slice(0, -1)) : path === one;
    return verb === 'get' && path !== undefined && paths.some(covers) ? 'allowed' : 'forbidden';
  };

/** By the name of the role. */
export const documentedRoles = {
  view: rightsOf(view),
  edit: rightsOf(edit),
  admin: rightsOf(admin),
  'cluster-admin': (() => 'allowed') as Rights,
  'system:basic-user': rightsOf(basicUser),
  'system:public-info-viewer': mayGet(publicPaths),
  'system:discovery': mayGet(discoveryPaths),
  'system:service-account-issuer-discovery': mayGet(issuerPaths),
};

/** A role that is bound in one namespace counts in that one alone. */
export const inNamespace =
  (namespace: string, rights: Rights): Rights =>
  (access) =>
    access.namespace === namespace ? rights(access) : 'forbidden';
