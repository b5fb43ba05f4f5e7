/** The keys of a Secret as files. They lie on the node's disk, where only root reads. Upstream: pkg/volume/secret */
import type { Secret } from '../../api/types.ts';
import { type Payload, writeAtomically } from './atomic-files.ts';
import { defaultFileMode, type KeySource, keyFiles } from './key-files.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';

/** The files that the source asks for. */
export const secretFiles = (context: VolumeContext, source: KeySource, defaultMode: number): Promise<Payload> =>
  keyFiles('secret', source, defaultMode, (name) => context.secret(context.pod.metadata.namespace ?? '', name), values);

const values = ({ data = {} }: Secret): Map<string, Buffer> =>
  new Map(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64')]));

export const secretVolume: VolumePlugin = {
  source: 'secret',
  readOnly: true,
  async setUp(context) {
    const { secretName, items, optional, defaultMode } = context.volume.secret!;
    const source = {
      ...(secretName !== undefined && { name: secretName }),
      ...(items && { items }),
      ...(optional !== undefined && { optional }),
    };
    const files = await secretFiles(context, source, defaultMode ?? defaultFileMode);
    await writeAtomically(context.directory, files, context.pod.spec?.securityContext?.fsGroup);
    return context.directory;
  },
};
