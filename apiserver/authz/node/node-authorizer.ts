/**
 * What a kubelet may do: read what its own pods use, write about itself and its own pods. Whose name is in an object that is
 * being written is for the NodeRestriction plugin to look at.
 *
 * Upstream: plugin/pkg/auth/authorizer/node/node_authorizer.go
 */

import { ruleAllows } from '../../../api/rbac/rules.ts';
import type { User } from '../../authn/user.ts';
import type { Access, Authorizer, Decision, UserRules } from '../authorizer.ts';
import { valueSelectedBy } from '../selected-name.ts';
import type { NodeGraph, UsedKind } from './node-graph.ts';
import { nodeOf } from './node-identity.ts';
import { nodeRules } from './node-rules.ts';

const allow: Decision = { allowed: true, reason: '' };
const refuse = (reason = ''): Decision => ({ allowed: false, reason });

/** Decides about one kind. */
type Rule = (node: string, access: Access, graph: Pick<NodeGraph, 'uses'>) => Decision;

export class NodeAuthorizer implements Authorizer {
  readonly #graph: Pick<NodeGraph, 'uses'>;

  constructor(graph: Pick<NodeGraph, 'uses'>) {
    this.#graph = graph;
  }

  decide(user: User, access: Access): Decision {
    const node = nodeOf(user);
    if (node === undefined) return refuse();
    if (node === '') return refuse(`unknown node for user ${JSON.stringify(user.name)}`);
    const { group, resource } = access;
    const rule = access.isResource ? rules.get(group ? `${resource}.${group}` : resource) : undefined;
    if (rule) return rule(node, access, this.#graph);
    return nodeRules.some((allowed) => ruleAllows(allowed, access)) ? allow : refuse();
  }

  /** What a node may do depends on its pods, and not on rules alone. */
  rulesFor(user: User): UserRules {
    const isNode = nodeOf(user) !== undefined;
    const error = isNode ? 'node authorizer does not support user rule resolution' : '';
    return { rules: [], incomplete: isNode, error };
  }
}

const related =
  (kind: UsedKind): Rule =>
  (node, { namespace, name }, graph) => {
    if (name === '') return refuse('No Object name found');
    if (graph.uses(node, kind, namespace, name)) return allow;
    return refuse(`no relationship found between node '${node}' and this object`);
  };

/** One object at a time, by its name. */
const get =
  (kind: UsedKind): Rule =>
  (node, access, graph) => {
    if (access.verb !== 'get') return refuse('can only get individual resources of this type');
    if (access.subresource) return refuse('cannot get subresource');
    return related(kind)(node, access, graph);
  };

/** One object, which can be listed and watched as well, by its name. */
const read =
  (kind: UsedKind): Rule =>
  (node, access, graph) => {
    if (!['get', 'list', 'watch'].includes(access.verb)) return refuse('can only read resources of this type');
    if (access.subresource) return refuse('cannot read subresource');
    if (!access.namespace) return refuse('can only read namespaced object of this type');
    return related(kind)(node, access, graph);
  };

const claim: Rule = (node, access, graph) => {
  if (access.subresource !== 'status') return get('persistentvolumeclaims')(node, access, graph);
  if (!['update', 'patch'].includes(access.verb)) return refuse('can only get/update/patch this type');
  return related('persistentvolumeclaims')(node, access, graph);
};

const serviceAccount: Rule = (node, access, graph) => {
  if (access.subresource === '' && access.verb === 'get') return related('serviceaccounts')(node, access, graph);
  if (access.verb !== 'create' || access.name === '')
    return refuse('can only create tokens for individual service accounts');
  if (access.subresource !== 'token') return refuse('can only create token subresource of serviceaccount');
  return related('serviceaccounts')(node, access, graph);
};

const leaseNamespace = 'kube-node-lease';
/** The name of what is created is not known yet. */
const ownVerbs = ['get', 'create', 'update', 'patch', 'delete'];

const lease: Rule = (node, { verb, namespace, name }) => {
  if (!ownVerbs.includes(verb)) return refuse('can only get, create, update, patch, or delete a node lease');
  if (namespace !== leaseNamespace)
    return refuse(`can only access leases in the ${JSON.stringify(leaseNamespace)} system namespace`);
  if (verb === 'create' || name === node) return allow;
  return refuse('can only access node lease with the same name as the requesting node');
};

const csiNode: Rule = (node, { verb, subresource, name }) => {
  if (!ownVerbs.includes(verb)) return refuse('can only get, create, update, patch, or delete a CSINode');
  if (subresource) return refuse('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return allow;
  return refuse('can only access CSINode with the same name as the requesting node');
};

const resourceSlice: Rule = (node, access, graph) => {
  if (access.subresource) return refuse('cannot authorize ResourceSlice subresources');
  switch (access.verb) {
    case 'create':
      return allow;
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related('resourceslices')(node, access, graph);
    case 'watch':
    case 'list':
    case 'deletecollection':
      if (selects(access, 'spec.nodeName', node)) return allow;
      return refuse('can only list/watch/deletecollection resourceslices with nodeName field selector');
    default:
      return refuse(
        'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
      );
  }
};

const selects = ({ fieldSelector }: Access, field: string, value: string): boolean =>
  fieldSelector !== undefined && valueSelectedBy(fieldSelector, field) === value;

const nodeObject: Rule = (node, { verb, subresource, name }) => {
  if (subresource === 'status') return ['update', 'patch'].includes(verb) ? allow : refuse();
  if (subresource) return refuse();
  if (['create', 'update', 'patch'].includes(verb)) return allow;
  if (!['get', 'list', 'watch'].includes(verb)) return refuse();
  // By its name, because it reads whether it is there before it makes it.
  if (name === node) return allow;
  if (name === '') return refuse(`node '${node}' cannot read all nodes, only its own Node object`);
  return refuse(`node '${node}' cannot read '${name}', only its own Node object`);
};

const pod: Rule = (node, access, graph) => {
  const { verb, subresource, name } = access;
  if (subresource === 'status') return ['update', 'patch'].includes(verb) ? allow : refuse();
  if (subresource === 'eviction') return verb === 'create' ? allow : refuse();
  if (subresource) return refuse();
  switch (verb) {
    case 'get':
      return get('pods')(node, access, graph);
    case 'list':
    case 'watch':
      if (selects(access, 'spec.nodeName', node)) return allow;
      if (name !== '') return related('pods')(node, access, graph);
      return refuse('can only list/watch pods with spec.nodeName field selector');
    case 'create':
    case 'delete':
      return allow;
    default:
      return refuse();
  }
};

/** By `resource.group`. */
const rules = new Map<string, Rule>([
  ['configmaps', read('configmaps')],
  ['csinodes.storage.k8s.io', csiNode],
  ['leases.coordination.k8s.io', lease],
  ['nodes', nodeObject],
  ['persistentvolumeclaims', claim],
  ['persistentvolumes', get('persistentvolumes')],
  ['pods', pod],
  ['resourceclaims.resource.k8s.io', get('resourceclaims')],
  ['resourceslices.resource.k8s.io', resourceSlice],
  ['secrets', read('secrets')],
  ['serviceaccounts', serviceAccount],
  ['volumeattachments.storage.k8s.io', get('volumeattachments')],
]);
