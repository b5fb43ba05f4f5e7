/** Runs the admission plugins of one write. */
import type { Admission, AdmissionPlugin, GuardedWrite } from './plugin.ts';

/** Lets every plugin change the object. */
export async function mutate(plugins: readonly AdmissionPlugin[], admission: Admission): Promise<void> {
  for (const plugin of plugins) await plugin.mutate?.(admission);
}

/** Lets every plugin refuse. */
export async function validate(plugins: readonly AdmissionPlugin[], admission: Admission): Promise<void> {
  for (const plugin of plugins) await plugin.validate?.(admission);
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
