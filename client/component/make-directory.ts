/** A directory of a process' own. Imports nothing but Node's modules. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the directory, and those above it, for the owner alone; one that exists stays as it is. Node's own recursive
 * mkdir never returns where none can be made, as below /proc.
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT') throw error;
    makeDirectory(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}
