/** How V8 keeps the heap. */
import { setFlagsFromString } from 'node:v8';

/**
 * Stops V8's young generation from growing to 128 MB, its size after any burst, which it then keeps. What a request
 * allocates is gone when it is answered, so a small one costs nothing: the CPU time of a put is the same.
 */
export function keepYoungGenerationSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/**
 * Lets what is old grow to twice its size between two collections of it. V8 adds the bytes of buffers to the growth, and a write brings
 * several times its size in buffers; with the smaller factor that it would choose, half of a write's time goes into collecting.
 */
export function collectOldGenerationRarely(): void {
  setFlagsFromString('--heap-growing-percent=100');
}
