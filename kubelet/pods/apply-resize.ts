/** Gives running containers the resources of their spec, by starting them again where they say so. */
import type { Runtime, RuntimeContainerStatus } from '../runtime/runtime.ts';
import type { ResizeAction } from './plan-resize.ts';

export interface ResizeEffects {
  runtime: Runtime;
  /** Stops it; that it starts again is the next plan's business. */
  restart(status: RuntimeContainerStatus): void;
  /** Is called for each that the runtime has changed. */
  done(): void;
  failed(container: string, message: string): void;
}

export async function applyResize(actions: readonly ResizeAction[], effects: ResizeEffects): Promise<void> {
  for (const { status, resources, restart } of actions) {
    if (restart) {
      effects.restart(status);
      continue;
    }
    try {
      await effects.runtime.updateContainerResources(status.id, resources);
      effects.done();
    } catch (error) {
      effects.failed(status.metadata.name, (error as Error).message);
    }
  }
}
