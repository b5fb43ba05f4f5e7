/** A directory that lives as long as the pod, on disk or in memory. Upstream: pkg/volume/emptydir */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { value } from '../../api/quantity.ts';
import { exists } from './atomic-files.ts';
import type { VolumePlugin } from './volume-plugin.ts';

const run = promisify(execFile);

const isMounted = async (directory: string): Promise<boolean> =>
  (await readFile('/proc/self/mounts', 'utf8').catch(() => ''))
    .split('\n')
    .some((line) => line.split(' ')[1] === directory);

export const emptyDirVolume: VolumePlugin = {
  source: 'emptyDir',
  async setUp({ volume, directory, pod }) {
    const { medium, sizeLimit } = volume.emptyDir ?? {};
    const ready = medium === 'Memory' ? await isMounted(directory) : await exists(directory);
    if (ready) return directory;
    await mkdir(directory, { recursive: true });
    if (medium === 'Memory') {
      const options = sizeLimit ? `size=${value(sizeLimit)}` : 'rw';
      await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
    } else if (medium && !medium.startsWith('HugePages')) throw new Error(`unknown storage medium "${medium}"`);
    else if (medium) throw new Error('emptyDir on huge pages is not supported by this kubelet');
    const group = pod.spec?.securityContext?.fsGroup;
    if (group !== undefined) await chown(directory, -1, group);
    await chmod(directory, group === undefined ? 0o777 : 0o2777);
    return directory;
  },
  async tearDown(directory) {
    if (await isMounted(directory)) await run('umount', [directory]);
  },
};
