/** A path of the machine itself. Upstream: pkg/volume/hostpath */
import type { Stats } from 'node:fs';
import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { VolumePlugin } from './volume-plugin.ts';

const checks: Record<string, { is(stats: Stats): boolean; what: string }> = {
  Directory: { is: (s) => s.isDirectory(), what: 'a directory' },
  File: { is: (s) => s.isFile(), what: 'a file' },
  Socket: { is: (s) => s.isSocket(), what: 'a socket file' },
  CharDevice: { is: (s) => s.isCharacterDevice(), what: 'a character device' },
  BlockDevice: { is: (s) => s.isBlockDevice(), what: 'a block device' },
};

export const hostPathVolume: VolumePlugin = {
  source: 'hostPath',
  async setUp({ volume }) {
    const { path, type = '' } = volume.hostPath!;
    const stats = await stat(path).catch(() => undefined);
    // A path of no type that is missing becomes a directory, as container runtimes make it.
    if (!stats && (type === '' || type === 'DirectoryOrCreate')) await mkdir(path, { recursive: true, mode: 0o755 });
    else if (!stats && type === 'FileOrCreate') {
      await stat(dirname(path));
      await (await open(path, 'a', 0o644)).close();
    } else if (type !== '') {
      const check = checks[type.replace('OrCreate', '')];
      if (!check) throw new Error(`hostPath type ${type} is not known`);
      if (!stats || !check.is(stats)) throw new Error(`hostPath type check failed: ${path} is not ${check.what}`);
    }
    return path;
  },
};
