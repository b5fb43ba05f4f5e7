/** The kinds of volumes that this kubelet knows. */
import type { Volume } from '../../api/types.ts';
import { configMapVolume } from './config-map.ts';
import { downwardApiVolume } from './downward-api.ts';
import { emptyDirVolume } from './empty-dir.ts';
import { hostPathVolume } from './host-path.ts';
import { projectedVolume } from './projected.ts';
import { secretVolume } from './secret.ts';
import type { VolumePlugin } from './volume-plugin.ts';

export const volumePlugins: VolumePlugin[] = [
  configMapVolume,
  downwardApiVolume,
  emptyDirVolume,
  hostPathVolume,
  projectedVolume,
  secretVolume,
];

/** The plugin for a volume; throws when there is none. A volume that names no source is an emptyDir. */
export function pluginOf(volume: Volume): VolumePlugin {
  const plugin = volumePlugins.find((p) => volume[p.source] !== undefined);
  if (plugin) return plugin;
  const source = Object.keys(volume).find((key) => key !== 'name');
  if (!source) return emptyDirVolume;
  throw new Error(`volumes of type ${source} are not supported by this kubelet`);
}
