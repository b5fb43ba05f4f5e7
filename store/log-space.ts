/**
 * Keeps space in LevelDB's newest log ahead of what is written to it.
 *
 * While a file grows, each sync has to bring the file's new length to disk as well: two writes instead of one, and 1.3 times
 * the time of a put. The space is zeros behind the log's end, which is what LevelDB's reader knows from systems where it
 * makes such space itself, and what `leveldb-log.ts` takes for the end of a log.
 *
 * Rule for the caller: nothing else writes to the database during `reserve`, or the zeros would overwrite it.
 */
import { closeSync, fstatSync, openSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const zeros = Buffer.alloc(256 * 1024);
/** There is no room for space, which does not mean that there is none for what is to be written. */
const noRoom = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export class LogSpace {
  readonly #directory: string;
  #left = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Makes sure that about so many bytes can be written without the log growing. LevelDB begins a new log now and then; it
   * is found when the space reckoned for the old one is used up.
   */
  reserve(bytes: number): void {
    if (bytes > this.#left) this.#left = this.#extend();
    this.#left -= bytes;
  }

  /** How much was added. */
  #extend(): number {
    const logs = readdirSync(this.#directory).filter((name) => name.endsWith('.log'));
    const file = openSync(join(this.#directory, logs.sort().at(-1)!), 'r+');
    try {
      // Also where there is still some space: behind it.
      return writeSync(file, zeros, 0, zeros.length, fstatSync(file).size);
    } catch (error) {
      if (noRoom.has((error as NodeJS.ErrnoException).code!)) return 0;
      throw error;
    } finally {
      closeSync(file);
    }
  }
}
