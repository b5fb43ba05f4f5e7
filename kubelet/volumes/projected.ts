/** Several sources in one directory. Upstream: pkg/volume/projected. Left out: trust bundles, pod certificates. */
import { type Payload, writeAtomically } from './atomic-files.ts';
import { configMapFiles } from './config-map.ts';
import { downwardApiFiles } from './downward-api.ts';
import { defaultFileMode } from './key-files.ts';
import { secretFiles } from './secret.ts';
import { tokenFiles } from './service-account-token.ts';
import type { VolumePlugin } from './volume-plugin.ts';

export const projectedVolume: VolumePlugin = {
  source: 'projected',
  readOnly: true,
  async setUp(context) {
    const { sources = [], defaultMode = defaultFileMode } = context.volume.projected!;
    const all: Payload = new Map();
    for (const source of sources) {
      const files = source.configMap
        ? await configMapFiles(context, source.configMap, defaultMode)
        : source.secret
          ? await secretFiles(context, source.secret, defaultMode)
          : source.downwardAPI
            ? downwardApiFiles(context, source.downwardAPI.items ?? [], defaultMode)
            : source.serviceAccountToken
              ? await tokenFiles(context, source.serviceAccountToken, defaultMode)
              : unsupported(Object.keys(source)[0]);
      for (const [path, file] of files) all.set(path, file);
    }
    await writeAtomically(context.directory, all, context.pod.spec?.securityContext?.fsGroup);
    return context.directory;
  },
};

function unsupported(source = 'no source'): never {
  throw new Error(`projected volumes with ${source} are not supported by this kubelet`);
}
