/** Several sources in one directory. Upstream: pkg/volume/projected. Left out: trust bundles, pod certificates. */
import type { Volume } from '../../api/types.ts';
import { type Payload, writeAtomically } from './atomic-files.ts';
import { configMapFiles } from './config-map.ts';
import { downwardApiFiles } from './downward-api.ts';
import { defaultFileMode } from './key-files.ts';
import { secretFiles } from './secret.ts';
import { tokenFiles } from './service-account-token.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';

export const projectedVolume: VolumePlugin = {
  source: 'projected',
  readOnly: true,
  async setUp(context) {
    const { sources = [], defaultMode = defaultFileMode } = context.volume.projected!;
    const all: Payload = new Map();
    for (const source of sources) {
      for (const [path, file] of await filesOf(context, source, defaultMode)) all.set(path, file);
    }
    await writeAtomically(context.directory, all, context.pod.spec?.securityContext?.fsGroup);
    return context.directory;
  },
};

type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

function filesOf(context: VolumeContext, source: Projection, defaultMode: number): Payload | Promise<Payload> {
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) return configMapFiles(context, configMap, defaultMode);
  if (secret) return secretFiles(context, secret, defaultMode);
  if (downwardAPI) return downwardApiFiles(context, downwardAPI.items ?? [], defaultMode);
  if (serviceAccountToken) return tokenFiles(context, serviceAccountToken, defaultMode);
  const [kind = 'no source'] = Object.keys(source);
  throw new Error(`projected volumes with ${kind} are not supported by this kubelet`);
}
