/** Which tokens a kubelet may ask for: those of its pods, bound to them, for an audience that the pod has in a volume. */
import { notFound } from '../../../api/errors.ts';
import type {
  CSIDriver,
  KubeObject,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  Volume,
} from '../../../api/types.ts';
import type { Served } from '../../registry/served.ts';
import type { Admission } from '../plugin.ts';

interface TokenRequest extends KubeObject {
  spec?: {
    audiences?: string[];
    boundObjectRef?: { kind?: string; apiVersion?: string; name?: string; uid?: string };
  };
}

/** Why the node may not do that to a service account; undefined when it may. */
export function tokenRequestError(node: string, admission: Admission): string | undefined {
  const { operation, subresource, namespace, object, served } = admission;
  if (operation !== 'create' || subresource !== 'token') return undefined;
  const { boundObjectRef: bound, audiences = [] } = (object as TokenRequest).spec ?? {};
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name)
    return 'node requested token not bound to a pod';
  if (!bound.uid) return 'node requested token with a pod binding without a uid';
  const pods = served.resources.must('', 'pods');
  const pod = pods.cache.get(`${namespace}/${bound.name}`)?.object as Pod | undefined;
  if (!pod) throw notFound(pods.kind, bound.name);
  if (bound.uid !== pod.metadata.uid)
    return `the UID in the bound object reference (${bound.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  if (pod.spec?.nodeName !== node) return 'node requested token bound to a pod scheduled on a different node';
  return audienceError(admission, audiences, pod);
}

function audienceError(
  { options: { user }, namespace, name, served }: Admission,
  audiences: readonly string[],
  pod: Pod,
): string | undefined {
  const [audience = '', another] = audiences;
  if (another !== undefined) return 'node may only request 0 or 1 audiences';
  if ((pod.spec?.volumes ?? []).some((volume) => wantsAudience(volume, audience, pod, served))) return undefined;
  const { allowed } = served.authorizer.decide(user, {
    isResource: true,
    path: '',
    verb: 'request-serviceaccounts-token-audience',
    group: '',
    version: '',
    resource: audience,
    subresource: '',
    namespace,
    name,
  });
  if (allowed) return undefined;
  return `audience ${JSON.stringify(audience)} not found in pod spec volume, ${user.name} is not authorized to request tokens for this audience`;
}

/** Whether the volume holds such a token, or its driver gets one. */
function wantsAudience(volume: Volume, audience: string, pod: Pod, served: Served): boolean {
  const projected = (volume.projected?.sources ?? []).some(
    ({ serviceAccountToken: token }) => token && (token.audience ?? '') === audience,
  );
  if (projected) return true;
  const name = volume.csi?.driver ?? driverOfClaim(volume, pod, served);
  const driver = find<CSIDriver>(served, 'storage.k8s.io', 'csidrivers', name);
  return driver?.spec.tokenRequests?.some((request) => request.audience === audience) ?? false;
}

/** The driver of the volume that is bound to the claim of a pod's volume. */
function driverOfClaim({ name, persistentVolumeClaim, ephemeral }: Volume, { metadata }: Pod, served: Served): string {
  const claimName = persistentVolumeClaim?.claimName ?? (ephemeral && `${metadata.name}-${name}`);
  if (!claimName) return '';
  const key = `${metadata.namespace}/${claimName}`;
  const claim = find<PersistentVolumeClaim>(served, '', 'persistentvolumeclaims', key);
  const volumeName = claim?.spec?.volumeName;
  const volume = volumeName ? find<PersistentVolume>(served, '', 'persistentvolumes', volumeName) : undefined;
  return volume?.spec?.csi?.driver ?? '';
}

const find = <T extends KubeObject>({ resources }: Served, group: string, plural: string, key: string): T | undefined =>
  resources.must(group, plural).cache.get(key)?.object as T | undefined;
