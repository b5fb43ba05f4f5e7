/** Runs the admission plugins of one write. */
import type { Admission, AdmissionPlugin, Release } from './plugin.ts';

/** Lets every plugin change the object. */
export async function mutate(plugins: readonly AdmissionPlugin[], admission: Admission): Promise<void> {
  for (const plugin of plugins) await plugin.mutate?.(admission);
}

/** Lets every plugin refuse. */
export async function validate(plugins: readonly AdmissionPlugin[], admission: Admission): Promise<void> {
  for (const plugin of plugins) await plugin.validate?.(admission);
}

/** Lets every plugin refuse and then reserve; gives back what was reserved when `write` has settled. */
export async function reserving<T>(
  plugins: readonly AdmissionPlugin[],
  admission: Admission,
  write: () => Promise<T>,
): Promise<T> {
  const releases: Release[] = [];
  try {
    for (const plugin of plugins) {
      await plugin.reserve?.(admission, (release) => releases.push(release));
    }
    return await write();
  } finally {
    for (const release of releases) release();
  }
}
