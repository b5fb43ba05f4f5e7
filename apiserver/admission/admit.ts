/** Runs the admission plugins of one write. */
import type { WriteOptions } from '../registry/write-options.ts';
import type { Admission, AdmissionPlugin, GuardedWrite } from './plugin.ts';

/** The plugins that a write is up against: none when they have been asked about the order that it fulfils. */
export const pluginsFor = (all: readonly AdmissionPlugin[], { admitted }: WriteOptions): readonly AdmissionPlugin[] =>
  admitted ? [] : all;

/** Asks every plugin about an order, which is not stored itself: a Binding, an Eviction, the options of an exec. */
export async function admitOrder(plugins: readonly AdmissionPlugin[], order: Admission): Promise<void> {
  await mutate(plugins, order);
  await validate(plugins, order);
}

/** Lets every plugin change the object, and once more when one of them has asked for that. */
export async function mutate(plugins: readonly AdmissionPlugin[], admission: Admission): Promise<void> {
  for (let round = 1; round <= 2; round++) {
    for (const plugin of plugins) {
      const pending = plugin.mutate?.(admission);
      if (pending) await pending;
    }
    if (admission.again !== 'wanted') return;
    admission.again = 'running';
  }
}

/** Lets every plugin refuse. */
export async function validate(plugins: readonly AdmissionPlugin[], admission: Admission): Promise<void> {
  for (const plugin of plugins) {
    const pending = plugin.validate?.(admission);
    if (pending) await pending;
  }
}

/** Writes, once every plugin has reserved what the object needs. */
export function reserving<T>(
  plugins: readonly AdmissionPlugin[],
  admission: Admission,
  write: GuardedWrite<T>,
): Promise<T> {
  const around = (inner: GuardedWrite<T>, plugin: AdmissionPlugin): GuardedWrite<T> =>
    plugin.reserve ? (guards) => plugin.reserve!(admission, (more) => inner([...guards, ...more])) : inner;
  return plugins.reduce(around, write)([]);
}
