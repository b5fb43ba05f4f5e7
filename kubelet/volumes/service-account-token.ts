/**
 * A token as a file. Where it is known which user or group reads it, nobody else may.
 *
 * Upstream: pkg/volume/projected (collectData), pkg/volume/util (FsUserFrom)
 */
import type { Pod } from '../../api/types.ts';
import type { Payload } from './atomic-files.ts';
import type { TokenSource } from './token-manager.ts';
import type { VolumeContext } from './volume-plugin.ts';

/** The file that the source asks for. */
export async function tokenFiles(
  { pod, serviceAccountToken }: Pick<VolumeContext, 'pod' | 'serviceAccountToken'>,
  source: TokenSource & { path: string },
  defaultMode: number,
): Promise<Payload> {
  const user = commonUser(pod);
  const restricted = user !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  const data = Buffer.from(await serviceAccountToken(source));
  return new Map([
    [source.path, { data, mode: restricted ? 0o600 : defaultMode, ...(user !== undefined && { user }) }],
  ]);
}

/** The user that all containers run as, if they say so. */
export function commonUser({ spec }: Pod): number | undefined {
  const shared = spec?.securityContext?.runAsUser;
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const users = new Set(containers.map(({ securityContext }) => securityContext?.runAsUser ?? shared));
  return users.size === 1 ? [...users][0] : undefined;
}
