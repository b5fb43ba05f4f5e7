/** When V8 collects garbage. */
import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 count what buffers take together with the rest of the heap when it decides whether to collect. Counted apart, a few MB of
 * buffers that came and went have the whole heap marked each time.
 */
export function countBuffersWithHeap(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit');
}
