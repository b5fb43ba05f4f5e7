/** A pod's own fields as files. Upstream: pkg/volume/downwardapi */
import type { Volume } from '../../api/types.ts';
import { fieldValue, resourceValue } from '../container/field-value.ts';
import { type Payload, writeAtomically } from './atomic-files.ts';
import { defaultFileMode } from './key-files.ts';
import type { VolumeContext, VolumePlugin } from './volume-plugin.ts';

type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;

/** The files that the items ask for. */
export function downwardApiFiles(context: VolumeContext, items: DownwardItems, defaultMode: number): Payload {
  const payload: Payload = new Map();
  for (const { path, fieldRef, resourceFieldRef, mode } of items) {
    const text = fieldRef
      ? fieldValue(context.pod, fieldRef.fieldPath, context.place)
      : resource(context, resourceFieldRef);
    payload.set(path, { data: Buffer.from(text), mode: mode ?? defaultMode });
  }
  return payload;
}

function resource(context: VolumeContext, reference: DownwardItems[number]['resourceFieldRef']): string {
  if (!reference) throw new Error('a downwardAPI item needs fieldRef or resourceFieldRef');
  const container = context.pod.spec?.containers.find((c) => c.name === reference.containerName);
  if (!container) throw new Error(`container ${reference.containerName ?? ''} not found`);
  return resourceValue(container, reference.resource, reference.divisor, context.allocatable);
}

export const downwardApiVolume: VolumePlugin = {
  source: 'downwardAPI',
  readOnly: true,
  async setUp(context) {
    const { items = [], defaultMode } = context.volume.downwardAPI!;
    const files = downwardApiFiles(context, items, defaultMode ?? defaultFileMode);
    await writeAtomically(context.directory, files, context.pod.spec?.securityContext?.fsGroup);
    return context.directory;
  },
};
