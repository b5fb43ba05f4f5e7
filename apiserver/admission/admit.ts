/** Runs the admission plugins of one write. */
import type { Admission, Release } from './plugin.ts';

/** Lets every plugin change the object. The returned function must be called when the write has settled. */
export async function mutate(admission: Admission): Promise<Release> {
  const releases: Release[] = [];
  const release = (): void => {
    for (const each of releases) each();
  };
  try {
    for (const plugin of admission.registry.admission) {
      await plugin.mutate?.(admission, (each) => releases.push(each));
    }
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** Lets every plugin refuse. */
export async function validate(admission: Admission): Promise<void> {
  for (const plugin of admission.registry.admission) await plugin.validate?.(admission);
}
