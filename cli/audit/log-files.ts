/**
 * The files of an audit log: those that were set aside, named by their time and compressed perhaps, and the one that is written.
 * They change while they are read, and still every line is read once.
 *
 *   audit-2026-11-20T08-15-02.117.log.gz   audit-2026-11-21T11-28-56.123.log   audit.log
 */
import { closeSync, createReadStream, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';

const pollMs = 200;
const chunkBytes = 64 * 1024;

/** Calls back with each line that the log has; those of files that were set aside before `sinceMs` are left out. */
export async function readLog(path: string, sinceMs: number, line: (text: string) => void): Promise<void> {
  await new LogReader(path, line).readAll(sinceMs);
}

/** The same, and then with each line that comes, until the signal aborts. */
export async function followLog(
  path: string,
  sinceMs: number,
  line: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const reader = new LogReader(path, line);
  await reader.readAll(sinceMs);
  while (!signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined);
    await reader.readMore();
  }
}

interface OpenFile {
  fd: number;
  inode: number;
}

class LogReader {
  readonly #path: string;
  readonly #line: (text: string) => void;
  #open: OpenFile | undefined;
  /** The beginning of a line that has not come to its end. */
  #rest = Buffer.alloc(0);
  /** The newest of the files that were set aside before the open one was begun. */
  #lastBackup = '';

  constructor(path: string, line: (text: string) => void) {
    this.#path = path;
    this.#line = line;
  }

  async readAll(sinceMs: number): Promise<void> {
    for (const name of this.#openNewest()) if (setAsideMs(name) >= sinceMs) await this.#readWhole(name);
    this.#drain();
  }

  /** What has come since. */
  async readMore(): Promise<void> {
    this.#drain();
    const previous = this.#open;
    const inode = statSync(this.#path, { throwIfNoEntry: false })?.ino;
    if (inode === undefined || inode === previous?.inode) return;
    // What was written before it was set aside.
    this.#drain();
    const setAside = this.#openNewest();
    if (previous) closeSync(previous.fd);
    // The first of them has just been read.
    for (const name of previous ? setAside.slice(1) : setAside) await this.#readWhole(name);
    this.#drain();
  }

  /** Opens the file that is written. Returns those that have been set aside before it and since the last time, the oldest first. */
  #openNewest(): string[] {
    for (;;) {
      const names = backupsOf(this.#path);
      const opened = openFile(this.#path);
      if (names.at(-1) !== backupsOf(this.#path).at(-1)) {
        // It has been set aside at this very moment.
        if (opened) closeSync(opened.fd);
        continue;
      }
      this.#open = opened;
      const news = names.filter((name) => name > this.#lastBackup);
      this.#lastBackup = names.at(-1) ?? this.#lastBackup;
      return news;
    }
  }

  /** Reads one that was set aside, compressed or not by now; one that was removed meanwhile was too old. */
  async #readWhole(name: string): Promise<void> {
    const file = join(dirname(this.#path), name);
    const plain = openFile(file);
    const opened = plain ?? openFile(`${file}.gz`);
    if (!opened) return;
    const bytes = createReadStream('', { fd: opened.fd });
    const input = plain ? bytes : bytes.pipe(createGunzip());
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) this.#line(text);
  }

  #drain(): void {
    if (!this.#open) return;
    const chunk = Buffer.alloc(chunkBytes);
    for (let size = readSync(this.#open.fd, chunk); size > 0; size = readSync(this.#open.fd, chunk)) {
      let data = Buffer.concat([this.#rest, chunk.subarray(0, size)]);
      for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a)) {
        this.#line(data.toString('utf8', 0, end));
        data = data.subarray(end + 1);
      }
      this.#rest = data;
    }
  }
}

function openFile(path: string): OpenFile | undefined {
  try {
    const fd = openSync(path, 'r');
    return { fd, inode: fstatSync(fd).ino };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The names of those that were set aside, without `.gz`, the oldest first. */
function backupsOf(path: string): string[] {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  const names = readdirSync(dirname(path)).map((name) => name.replace(/\.gz$/, ''));
  return [...new Set(names)]
    .filter((name) => name.startsWith(prefix) && name.endsWith(extension) && !Number.isNaN(setAsideMs(name)))
    .sort();
}

function setAsideMs(name: string): number {
  const [, day, hours, minutes, seconds] = /(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})/.exec(name) ?? [];
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
}
