/**
 * The file of the log: lines are appended whole, and when it would become too large it is set aside and begun anew, so that every
 * line is in exactly one of the files. Only the owner may read them.
 *
 * Appending is a plain write to the page cache, done before the call returns: some microseconds, and what was written survives the
 * end of this process, though not that of the machine. Compressing and removing what was set aside goes on in the background.
 *
 * Upstream: gopkg.in/natefinch/lumberjack.v2
 */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { makeDirectory } from '../../client/component/make-directory.ts';
import { backupPath, backupsOf, planRetention, type Retention } from './backups.ts';

export interface LogFileOptions extends Retention {
  path: string;
  maxBytes: number;
  /** Told when the file cannot be set aside, or what was cannot be compressed or removed. */
  onError(error: unknown): void;
}

export class LogFile {
  readonly #options: LogFileOptions;
  #fd: number | undefined;
  #size = 0;
  /** From which size on it is set aside. */
  #maxSize: number;
  /** What is no file, as /dev/stderr, is written to, and that is all. */
  #isFile = true;
  #tidying: Promise<void> | undefined;
  #tidyAgain = false;

  /** Opens the file, or makes it. Throws where that is not possible. */
  constructor(options: LogFileOptions) {
    this.#options = options;
    this.#maxSize = options.maxBytes;
    makeDirectory(dirname(options.path));
    this.#open();
    if (this.#isFile) this.#tidy();
  }

  /** Appends text of whole lines. Throws when it could not be written; then nothing of it is in the file. */
  write(text: string): void {
    const bytes = Buffer.from(text);
    if (this.#fd === undefined) this.#open();
    if (this.#isFile && this.#size > 0 && this.#size + bytes.length > this.#maxSize) this.#setAside();
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#fd!, bytes, written);
    } catch (error) {
      // A part of a line would spoil the next one, too.
      if (written > 0 && this.#isFile) ftruncateSync(this.#fd!, fstatSync(this.#fd!).size - written);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Resolves when nothing is being done in the background any more. */
  async close(): Promise<void> {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    await this.#tidying;
  }

  #open(): void {
    // Read as well, to see how it ends.
    const fd = openSync(this.#options.path, 'a+', 0o600);
    const stats = fstatSync(fd);
    this.#fd = fd;
    this.#isFile = stats.isFile();
    if (!this.#isFile) return;
    fchmodSync(fd, 0o600);
    this.#size = stats.size;
    const last = Buffer.alloc(1);
    // The machine went down while it wrote a line.
    if (this.#size > 0 && readSync(fd, last, 0, 1, this.#size - 1) === 1 && last[0] !== 0x0a)
      this.#size += writeSync(fd, '\n');
  }

  #setAside(): void {
    const { path, maxBytes, onError } = this.#options;
    let at = Date.now();
    while (existsSync(backupPath(path, at)) || existsSync(`${backupPath(path, at)}.gz`)) at += 1;
    try {
      renameSync(path, backupPath(path, at));
    } catch (error) {
      // Better a large file than none.
      this.#maxSize = this.#size + maxBytes;
      onError(error);
      return;
    }
    this.#maxSize = maxBytes;
    closeSync(this.#fd!);
    this.#fd = undefined;
    this.#open();
    this.#tidy();
  }

  #tidy(): void {
    this.#tidyAgain = true;
    this.#tidying ??= this.#tidyAll();
  }

  async #tidyAll(): Promise<void> {
    while (this.#tidyAgain) {
      this.#tidyAgain = false;
      await this.#tidyOnce().catch(this.#options.onError);
    }
    this.#tidying = undefined;
  }

  async #tidyOnce(): Promise<void> {
    const { path } = this.#options;
    const directory = dirname(path);
    const backups = backupsOf(path, await readdir(directory));
    const { remove, compress } = planRetention(backups, this.#options, Date.now());
    for (const file of remove) await rm(join(directory, file), { force: true });
    for (const file of compress) await gzipFile(join(directory, file));
  }
}

/** Replaces the file by `.gz`, which a reader never sees half done. */
async function gzipFile(path: string): Promise<void> {
  const unfinished = join(dirname(path), `.${basename(path)}.gz.tmp`);
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished, { mode: 0o600 }));
  await rename(unfinished, `${path}.gz`);
  await rm(path);
}
