/**
 * Guards: what makes decisions about several keys safe when several servers share a store. Whoever decides from what many objects
 * have (which addresses are free) reads the guard first, and writes on the condition that it is still the same, changing it in
 * the same transaction. So of two who decide at once the second is told, and decides again.
 *
 * Upstream: pkg/registry/core/service/allocator/storage keeps what is taken in such a key as well, and repairs it after crashes
 */
export interface Guard {
  key: string;
  /** 0 while there is none. */
  revision: number;
  /** What it becomes; by default the key of the object that is written. */
  value?: string;
  /** Told the revision at which it has been written. */
  written?(revision: number): void;
}

/** The write has not happened: somebody else has decided meanwhile. */
export class GuardChangedError extends Error {
  constructor({ key }: Guard) {
    super(`${key} has changed`);
  }
}
