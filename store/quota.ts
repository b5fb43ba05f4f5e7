/**
 * How large the database is on disk, and whether it may grow.
 *
 * Upstream: server/storage/quota.go. Measured at most once a second while writes come in, so a burst may go over by
 * what it writes in that time.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { etcdErrors } from '../api/etcd-errors.ts';

const measureEveryMs = 1000;

export class Quota {
  readonly #directory: string;
  readonly limitBytes: number;
  #size = 0;
  #measuredAt = 0;

  /** A limit of 0 or less means none. */
  constructor(directory: string, limitBytes: number) {
    this.#directory = directory;
    this.limitBytes = limitBytes;
  }

  /** Throws when no more may be written. */
  check(): void {
    if (this.limitBytes <= 0) return;
    if (performance.now() - this.#measuredAt > measureEveryMs) void this.measure();
    if (this.#size > this.limitBytes) throw etcdErrors.noSpace();
  }

  /** Bytes on disk. */
  async measure(): Promise<number> {
    this.#measuredAt = performance.now();
    const names = await readdir(this.#directory).catch(() => []);
    const sizes = await Promise.all(names.map((name) => sizeOf(join(this.#directory, name))));
    this.#size = sizes.reduce((sum, size) => sum + size, 0);
    return this.#size;
  }
}

/** LevelDB deletes files at any time. */
const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
