/** The keys of a ConfigMap as files. Upstream: pkg/volume/configmap */
import type { ConfigMap } from '../../api/types.ts';
import { type Payload, writeAtomically } from './atomic-files.ts';
import { defaultFileMode, type KeySource, keyFiles } from './key-files.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';

/** The files that the source asks for. */
export const configMapFiles = (context: VolumeContext, source: KeySource, defaultMode: number): Promise<Payload> =>
  keyFiles(
    'configmap',
    source,
    defaultMode,
    (name) => context.configMap(context.pod.metadata.namespace ?? '', name),
    values,
  );

const values = ({ data = {}, binaryData = {} }: ConfigMap): Map<string, Buffer> =>
  new Map([
    ...Object.entries(data).map(([key, text]): [string, Buffer] => [key, Buffer.from(text)]),
    ...Object.entries(binaryData).map(([key, text]): [string, Buffer] => [key, Buffer.from(text, 'base64')]),
  ]);

export const configMapVolume: VolumePlugin = {
  source: 'configMap',
  readOnly: true,
  async setUp(context) {
    const source = context.volume.configMap!;
    const files = await configMapFiles(context, source, source.defaultMode ?? defaultFileMode);
    await writeAtomically(context.directory, files, context.pod.spec?.securityContext?.fsGroup);
    return context.directory;
  },
};
