/** What a kubelet may do to pods: report on its own, end its own, and make those that stand for files of its machine. */
import { notFound } from '../../../api/errors.ts';
import { isEqual } from '../../../api/patch/json.ts';
import { claimNamesOf, configMapNamesOf, secretNamesOf } from '../../../api/pod-references.ts';
import { isMirrorPod, mirrorPodAnnotation } from '../../../api/pods.ts';
import type { Node, OwnerReference, Pod } from '../../../api/types.ts';
import type { Served } from '../../registry/served.ts';
import type { Admission } from '../plugin.ts';

/** About the pod itself. */
export function podError(node: string, { operation, object, old, served }: Admission): string | undefined {
  const me = `node ${JSON.stringify(node)}`;
  switch (operation) {
    case 'create':
      return mirrorPodError(node, object as Pod, served);
    case 'delete':
      if ((old as Pod).spec?.nodeName === node) return undefined;
      return `${me} can only delete pods with spec.nodeName set to itself`;
    default:
      return `unexpected operation ${JSON.stringify(operation.toUpperCase())}, ${me} can only create and delete mirror pods`;
  }
}

function mirrorPodError(node: string, pod: Pod, served: Served): string | undefined {
  const me = `node ${JSON.stringify(node)}`;
  const { metadata, spec } = pod;
  if (!isMirrorPod(pod))
    return `pod does not have ${JSON.stringify(mirrorPodAnnotation)} annotation, ${me} can only create mirror pods`;
  if (spec?.nodeName !== node) return `${me} can only create pods with spec.nodeName set to itself`;
  return ownerError(node, metadata.ownerReferences ?? [], served) ?? referenceError(me, pod);
}

function ownerError(node: string, owners: readonly OwnerReference[], { resources }: Served): string | undefined {
  const me = `node ${JSON.stringify(node)}`;
  const [owner, another] = owners;
  if (another) return `${me} can only create pods with a single owner reference set to itself`;
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node)
    return `${me} can only create pods with an owner reference set to itself`;
  if (!owner.controller) return `${me} can only create pods with a controller owner reference set to itself`;
  if (owner.blockOwnerDeletion) return `${me} must not set blockOwnerDeletion on an owner reference`;
  const nodes = resources.must('', 'nodes');
  const found = nodes.cache.get(node)?.object as Node | undefined;
  if (!found) throw notFound(nodes.kind, node);
  if (owner.uid === found.metadata.uid) return undefined;
  return `node ${node} UID mismatch: expected ${owner.uid} got ${found.metadata.uid}`;
}

/** Through what a pod refers to, its node can read it. */
function referenceError(me: string, pod: Pod): string | undefined {
  const { serviceAccountName, volumes = [], resourceClaims = [] } = pod.spec ?? {};
  const may = `${me} can not create pods that reference`;
  if (serviceAccountName) return `${may} a service account`;
  if (secretNamesOf(pod).length > 0) return `${may} secrets`;
  if (configMapNamesOf(pod).length > 0) return `${may} configmaps`;
  const sources = volumes.flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ clusterTrustBundle }) => clusterTrustBundle)) return `${may} clustertrustbundles`;
  if (claimNamesOf(pod).length > 0) return `${may} persistentvolumeclaims`;
  if (resourceClaims.length > 0) return `${may} resourceclaims`;
  return undefined;
}

/** About its status. */
export function podStatusError(node: string, { operation, object, old }: Admission): string | undefined {
  const me = `node ${JSON.stringify(node)}`;
  if (operation !== 'update') return `unexpected operation ${JSON.stringify(operation.toUpperCase())}`;
  const [before, after] = [old as Pod, object as Pod];
  if (before.spec?.nodeName !== node)
    return `${me} can only update pod status for pods with spec.nodeName set to itself`;
  if (!isEqual(before.metadata.labels ?? {}, after.metadata.labels ?? {}))
    return `${me} cannot update labels through pod status`;
  if (!isEqual(claimStatusesOf(before), claimStatusesOf(after))) return `${me} cannot update resource claim statues`;
  return undefined;
}

const claimStatusesOf = ({ status }: Pod): unknown => [
  status?.resourceClaimStatuses ?? [],
  status?.extendedResourceClaimStatus ?? {},
];

/** About its eviction. */
export function podEvictionError(node: string, { namespace, name, served }: Admission): string | undefined {
  const pods = served.resources.must('', 'pods');
  const pod = pods.cache.get(`${namespace}/${name}`)?.object as Pod | undefined;
  if (!pod) throw notFound(pods.kind, name);
  return pod.spec?.nodeName === node ? undefined : `node ${node} can only evict pods with spec.nodeName set to itself`;
}
