/** The keys of a ConfigMap as files. Upstream: pkg/volume/configmap */
import type { ConfigMap } from '../../api/types.ts';
import { type Payload, writeAtomically } from './atomic-files.ts';
import { defaultFileMode, type KeyItem, keyFiles, lookUp } from './key-files.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';

/** What a volume, or one source of a projected volume, says about its ConfigMap. */
export interface ConfigMapSource {
  name?: string;
  items?: KeyItem[];
  optional?: boolean;
}

/** The files that the source asks for. */
export async function configMapFiles(
  context: VolumeContext,
  source: ConfigMapSource,
  defaultMode: number,
): Promise<Payload> {
  const namespace = context.pod.metadata.namespace ?? '';
  const name = source.name ?? '';
  const selection = {
    kind: 'configmap',
    namespace,
    name,
    items: source.items,
    optional: source.optional ?? false,
    defaultMode,
  };
  const object = await lookUp(selection, () => context.configMap(namespace, name));
  return object ? keyFiles(selection, values(object)) : new Map();
}

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
