/**
 * The volume by which a pod's containers find who they are to the API server: a token that is bound to the pod, the CA that the
 * server's certificate is signed by, and the namespace.
 *
 * Upstream: plugin/pkg/admission/serviceaccount (mountServiceAccountToken, TokenVolumeSource)
 */
import type { PodSpec, ServiceAccount, Volume } from '../../api/types.ts';
import { generateName } from '../registry/generate-name.ts';

const volumePrefix = 'kube-api-access-';
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
/** An hour and a bit: by this number a server tells a token that nobody asked for. */
const expirationSeconds = 3607;

/** Whether the pod's containers are to get the account's token. What the pod says counts before what the account says. */
export const wantsToken = (spec: PodSpec, account: ServiceAccount): boolean =>
  spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;

/** Mounts the token into every container that has nothing else at its place. Adds the volume, if one of them needs it. */
export function mountToken(spec: PodSpec): void {
  const bare = [...(spec.initContainers ?? []), ...spec.containers].filter(
    ({ volumeMounts }) => !volumeMounts?.some((mount) => mount.mountPath === mountPath),
  );
  if (bare.length === 0) return;
  const own = spec.volumes?.find(({ name }) => name.startsWith(volumePrefix));
  const volume = own ?? tokenVolume();
  if (!own) spec.volumes = [...(spec.volumes ?? []), volume];
  for (const container of bare) {
    const mount = { name: volume.name, mountPath, readOnly: true };
    container.volumeMounts = [...(container.volumeMounts ?? []), mount];
  }
}

function tokenVolume(): Volume {
  return {
    name: generateName(volumePrefix),
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { path: 'token', expirationSeconds } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
