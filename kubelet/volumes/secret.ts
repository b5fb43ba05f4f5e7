/** The keys of a Secret as files. They lie on the node's disk, where only root reads. Upstream: pkg/volume/secret */
import type { Secret } from '../../api/types.ts';
import { type Payload, writeAtomically } from './atomic-files.ts';
import { defaultFileMode, type KeyItem, keyFiles, lookUp } from './key-files.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';

/** What a volume, or one source of a projected volume, says about its Secret. */
export interface SecretSource {
  name?: string;
  items?: KeyItem[];
  optional?: boolean;
}

/** The files that the source asks for. */
export async function secretFiles(context: VolumeContext, source: SecretSource, defaultMode: number): Promise<Payload> {
  const namespace = context.pod.metadata.namespace ?? '';
  const name = source.name ?? '';
  const selection = {
    kind: 'secret',
    namespace,
    name,
    items: source.items,
    optional: source.optional ?? false,
    defaultMode,
  };
  const object = await lookUp(selection, () => context.secret(namespace, name));
  return object ? keyFiles(selection, values(object)) : new Map();
}

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
