/**
 * NodeRestriction: what a kubelet writes is about its own node and its own pods. The node authorizer has said which kinds it may
 * write; this looks at what is in them.
 *
 * Upstream: plugin/pkg/admission/noderestriction
 */
import { forbidden } from '../../api/errors.ts';
import { isEqual } from '../../api/patch/json.ts';
import type { PersistentVolumeClaim } from '../../api/types.ts';
import { nodeOf } from '../authz/node/node-identity.ts';
import { nodeObjectError } from './node-restriction/node-object.ts';
import { podError, podEvictionError, podStatusError } from './node-restriction/pods.ts';
import { tokenRequestError } from './node-restriction/token-request.ts';
import type { Admission, AdmissionPlugin } from './plugin.ts';

/** Says why the node may not do that; undefined when it may. */
type Check = (node: string, admission: Admission) => string | undefined;

export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  mutate(admission) {
    const { user } = admission.options;
    const node = nodeOf(user);
    if (node === undefined || admission.operation === 'connect') return;
    const why =
      node === '' ? `could not determine node from user ${JSON.stringify(user.name)}` : check(node, admission);
    if (why !== undefined) throw forbidden(admission.resource.kind, nameOf(admission), why);
  },
};

function check(node: string, admission: Admission): string | undefined {
  const { group, plural } = admission.resource.kind;
  return checks.get(group ? `${plural}.${group}` : plural)?.(node, admission);
}

/** The name of what is written, also when it is just being made. */
const nameOf = ({ name, object }: Admission): string => name || (object?.metadata.name ?? '');

const pods: Check = (node, admission) => {
  switch (admission.subresource) {
    case '':
      return podError(node, admission);
    case 'status':
      return podStatusError(node, admission);
    case 'eviction':
      return podEvictionError(node, admission);
    default:
      return `unexpected pod subresource ${JSON.stringify(admission.subresource)}, only 'status' and 'eviction' are allowed`;
  }
};

const claims: Check = (node, { subresource, operation, old, object }) => {
  if (subresource !== 'status') return 'may only update PVC status';
  if (operation !== 'update') return `unexpected operation ${JSON.stringify(operation.toUpperCase())}`;
  if (isEqual(withoutReported(old as PersistentVolumeClaim), withoutReported(object as PersistentVolumeClaim))) {
    return undefined;
  }
  return `node ${JSON.stringify(node)} is not allowed to update fields other than status.quantity and status.conditions`;
};

/** The claim without what a kubelet reports of it. */
function withoutReported({ metadata, status, ...rest }: PersistentVolumeClaim): unknown {
  const { resourceVersion: _, managedFields: __, ...kept } = metadata;
  const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...others } = status ?? {};
  return { ...rest, metadata: kept, status: others };
}

const leaseNamespace = 'kube-node-lease';

const leases: Check = (node, admission) => {
  if (admission.namespace !== leaseNamespace)
    return `can only access leases in the ${JSON.stringify(leaseNamespace)} system namespace`;
  if (nameOf(admission) === node) return undefined;
  return 'can only access node lease with the same name as the requesting node';
};

const csiNodes: Check = (node, admission) =>
  nameOf(admission) === node ? undefined : 'can only access CSINode with the same name as the requesting node';

const resourceSlices: Check = (node, { operation, object, old }) => {
  const slice = (operation === 'delete' ? old : object) as { spec?: { nodeName?: string } } | undefined;
  if (operation === 'update' || slice?.spec?.nodeName === node) return undefined;
  const verb = operation === 'delete' ? 'delete' : 'create';
  return `can only ${verb} ResourceSlice with the same NodeName as the requesting node`;
};

/** By `resource.group`. */
const checks = new Map<string, Check>([
  ['csinodes.storage.k8s.io', csiNodes],
  ['leases.coordination.k8s.io', leases],
  ['nodes', (node, admission) => nodeObjectError(node, nameOf(admission), admission)],
  ['persistentvolumeclaims', claims],
  ['pods', pods],
  ['resourceslices.resource.k8s.io', resourceSlices],
  ['serviceaccounts', tokenRequestError],
]);
