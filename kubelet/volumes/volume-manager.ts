/**
 * A pod's volumes on the node's disk: set up before its containers start, kept current, and cleaned up after it.
 *
 * Upstream: pkg/kubelet/volumemanager, pkg/volume/util/subpath
 */
import { chmod, mkdir, readdir, realpath, rm, stat } from 'node:fs/promises';
import { join, normalize, resolve, sep } from 'node:path';
import type { Container, Pod, Volume } from '../../api/types.ts';
import { expand } from '../container/expand.ts';
import type { Mount } from '../runtime/runtime.ts';
import { pluginOf, volumePlugins } from './registry.ts';
import type { VolumeContext } from './volume-plugin.ts';

/** Completes the event `FailedMount`. */
export class MountError extends Error {
  override name = 'MountError';
}

export type VolumeSources = Omit<VolumeContext, 'pod' | 'volume' | 'directory'>;

/** Path to mount and whether it may only be read, by volume name. */
export type MountedVolumes = ReadonlyMap<string, { path: string; readOnly: boolean }>;

/** Where a plugin keeps a volume: `.../volumes/kubernetes.io~configMap/settings`. */
const volumeDirectory = (podDirectory: string, source: string, name: string): string =>
  join(podDirectory, 'volumes', `kubernetes.io~${source}`, name);

/** Sets up every volume that the pod lists. Rejects with `MountError` for the first that cannot be. */
export async function mountVolumes(pod: Pod, podDirectory: string, sources: VolumeSources): Promise<MountedVolumes> {
  const mounted = new Map<string, { path: string; readOnly: boolean }>();
  for (const volume of pod.spec?.volumes ?? [])
    mounted.set(volume.name, await mountVolume(pod, volume, podDirectory, sources));
  return mounted;
}

async function mountVolume(
  pod: Pod,
  volume: Volume,
  podDirectory: string,
  sources: VolumeSources,
): Promise<{ path: string; readOnly: boolean }> {
  try {
    const plugin = pluginOf(volume);
    const directory = volumeDirectory(podDirectory, plugin.source, volume.name);
    const path = await plugin.setUp({ ...sources, pod, volume, directory });
    return { path, readOnly: plugin.readOnly ?? false };
  } catch (error) {
    throw new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Undoes what plugins mounted, then removes everything of the pod. */
export async function removePodDirectory(podDirectory: string): Promise<void> {
  for (const { source, tearDown } of volumePlugins) {
    if (!tearDown) continue;
    const folder = volumeDirectory(podDirectory, source, '');
    for (const name of await readdir(folder).catch(() => [])) await tearDown(join(folder, name));
  }
  await rm(podDirectory, { recursive: true, force: true });
}

const propagations: Record<string, Mount['propagation']> = {
  None: 'private',
  HostToContainer: 'rslave',
  Bidirectional: 'rshared',
};

/** The container's mounts. `variables` expand `subPathExpr`. */
export async function containerMounts(
  container: Container,
  volumes: MountedVolumes,
  variables: Record<string, string>,
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const volume = volumes.get(mount.name);
    if (!volume) throw new MountError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const subPath = mount.subPathExpr ? expand(mount.subPathExpr, variables) : mount.subPath;
    mounts.push({
      hostPath: subPath ? await resolveSubPath(volume.path, subPath) : volume.path,
      containerPath: resolve('/', mount.mountPath),
      readOnly: volume.readOnly || (mount.readOnly ?? false),
      propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'private',
    });
  }
  return mounts;
}

/**
 * A path inside the volume; directories that are missing are made, with the permissions of the volume itself. Links that
 * lead out of the volume are refused.
 */
async function resolveSubPath(volumePath: string, subPath: string): Promise<string> {
  const root = await realpath(volumePath);
  const { mode } = await stat(root);
  if (subPath.startsWith('/') || !isInside(root, resolve(root, subPath)))
    throw new MountError(`subPath "${subPath}" must stay inside the volume`);
  let path = root;
  for (const part of normalize(subPath).split(sep)) {
    const next = join(path, part);
    path = await realpath(next).catch(async () => {
      await mkdir(next);
      await chmod(next, mode & 0o7777);
      return next;
    });
    if (!isInside(root, path)) throw new MountError(`subPath "${subPath}" is not within the volume`);
  }
  return path;
}

const isInside = (root: string, path: string): boolean => path === root || path.startsWith(root + sep);
