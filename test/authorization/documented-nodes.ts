/**
 * What the documentation of the node authorizer and of NodeRestriction gives to a kubelet, for the objects of the matrix: a pod
 * in one namespace runs on the node and uses what is called `target` there.
 *
 * Upstream: https://kubernetes.io/docs/reference/access-authn-authz/node/,
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
import type { Access, Outcome, Rights } from './access.ts';

export interface DocumentedNode {
  name: string;
  /** Where its pod is. */
  namespace: string;
  /** Whether what no namespace has and belongs to one node (volumes, attachments, slices) belongs to this one. */
  ownsClusterObjects: boolean;
}

const reads = ['get', 'list', 'watch'];
const may = (allowed: boolean): Outcome => (allowed ? 'allowed' : 'forbidden');

/** Allowed to every node, for every object. */
const everyNode: Record<string, string[]> = {
  services: reads,
  endpoints: ['get'],
  events: ['create', 'update', 'patch'],
  'certificatesigningrequests.certificates.k8s.io': ['create', ...reads],
  'csidrivers.storage.k8s.io': reads,
  'runtimeclasses.node.k8s.io': reads,
  'tokenreviews.authentication.k8s.io': ['create'],
  'subjectaccessreviews.authorization.k8s.io': ['create'],
  'localsubjectaccessreviews.authorization.k8s.io': ['create'],
};

/** The rights of that node. */
export function nodeRights(node: DocumentedNode): Rights {
  return (access) => {
    if (access.path !== undefined) return 'forbidden';
    const resource = access.group ? `${access.resource}.${access.group}` : access.resource;
    if (resource === 'leases.coordination.k8s.io') return lease(node, access);
    const full = access.subresource ? `${resource}/${access.subresource}` : resource;
    return special[full]?.(node, access) ?? may(everyNode[full]?.includes(access.verb) ?? false);
  };
}

type Decision = (node: DocumentedNode, access: Access) => Outcome;

const used = (node: DocumentedNode, { namespace, name }: Access): boolean =>
  name === 'target' && (namespace ? namespace === node.namespace : node.ownsClusterObjects);

/** One at a time, by its name. */
const getUsed: Decision = (node, access) => may(access.verb === 'get' && used(node, access));

/** A list of the one object of a name is about that object. */
const readUsed: Decision = (node, access) => {
  const name = access.name || (access.fieldSelector?.match(/^metadata\.name=(.*)$/)?.[1] ?? '');
  return may(reads.includes(access.verb) && access.namespace !== '' && used(node, { ...access, name }));
};

const selects = (access: Access, field: string, value: string): boolean => access.fieldSelector === `${field}=${value}`;

const pod: Decision = (node, access) => {
  switch (access.verb) {
    case 'get':
      return may(used(node, access));
    case 'list':
    case 'watch':
      return may(selects(access, 'spec.nodeName', node.name) || (access.name !== '' && used(node, access)));
    case 'delete':
      return used(node, access) ? 'allowed' : 'restricted';
    case 'create':
      // What the matrix creates mirrors no pod of a manifest. Nothing is created across namespaces, so none is looked at.
      return access.namespace ? 'restricted' : 'allowed';
    default:
      return 'forbidden';
  }
};

/** Any may be named to the authorizer; whose it is decides admission. */
const ofOwnPods =
  (...verbs: string[]): Decision =>
  (node, access) => {
    if (!verbs.includes(access.verb)) return 'forbidden';
    return used(node, access) ? 'allowed' : 'restricted';
  };

/** The matrix changes more of it than the progress of a resize. */
const claimStatus: Decision = (node, access) =>
  ['update', 'patch'].includes(access.verb) && used(node, access) ? 'restricted' : 'forbidden';

const ownNode: Decision = (node, { verb, name, fieldSelector }) => {
  const own = name === node.name;
  if (reads.includes(verb)) return may(own || (name === '' && fieldSelector === `metadata.name=${node.name}`));
  if (verb === 'create') return 'restricted';
  // The update of the matrix takes the taint of a node that is not ready away.
  if (verb === 'update') return 'restricted';
  if (verb !== 'patch') return 'forbidden';
  return own ? 'allowed' : 'restricted';
};

const ownNodeStatus: Decision = (node, { verb, name }) => {
  if (verb !== 'update' && verb !== 'patch') return 'forbidden';
  return name === node.name ? 'allowed' : 'restricted';
};

/** One object of the node's own name. What the matrix creates has another. */
const ownObject: Decision = (node, { verb, name }) => {
  if (verb === 'create') return 'restricted';
  return may(['get', 'update', 'patch', 'delete'].includes(verb) && name === node.name);
};

/** Whatever subresource is named: there is none. */
const lease: Decision = (node, access) =>
  access.namespace === 'kube-node-lease' ? ownObject(node, access) : 'forbidden';

const slice: Decision = (node, access) => {
  if (access.verb === 'create') return node.ownsClusterObjects ? 'allowed' : 'restricted';
  if (['get', 'update', 'patch', 'delete'].includes(access.verb)) return may(used(node, access));
  return may(selects(access, 'spec.nodeName', node.name));
};

/** The matrix asks for tokens that are bound to no pod. */
const token: Decision = (node, access) => (access.verb === 'create' && used(node, access) ? 'restricted' : 'forbidden');

/** By `resource.group/subresource`. */
const special: Record<string, Decision> = {
  secrets: readUsed,
  configmaps: readUsed,
  persistentvolumeclaims: getUsed,
  'persistentvolumeclaims/status': claimStatus,
  persistentvolumes: getUsed,
  'volumeattachments.storage.k8s.io': getUsed,
  'resourceclaims.resource.k8s.io': getUsed,
  serviceaccounts: getUsed,
  'serviceaccounts/token': token,
  pods: pod,
  'pods/status': ofOwnPods('update', 'patch'),
  'pods/eviction': ofOwnPods('create'),
  nodes: ownNode,
  'nodes/status': ownNodeStatus,
  'csinodes.storage.k8s.io': ownObject,
  'resourceslices.resource.k8s.io': slice,
};
