/**
 * The names of logs that were set aside, and which of them to compress and to remove: `audit-2026-11-21T11-28-56.123.log` beside
 * `audit.log`, with `.gz` once it is compressed.
 *
 * Upstream: gopkg.in/natefinch/lumberjack.v2
 */
import { basename, dirname, extname, join } from 'node:path';

export interface Backup {
  file: string;
  compressed: boolean;
  setAsideMs: number;
}

export interface Retention {
  /** 0: however old. */
  maxAgeDays: number;
  /** 0: however many. */
  maxBackups: number;
  compress: boolean;
}

/** Where the log is moved that is set aside at that time. */
export function backupPath(path: string, atMs: number): string {
  const time = new Date(atMs).toISOString().slice(0, -1).replaceAll(':', '-');
  const extension = extname(path);
  return join(dirname(path), `${basename(path, extension)}-${time}${extension}`);
}

/** Those among a directory's files that were set aside for the log, the newest first. */
export function backupsOf(path: string, files: readonly string[]): Backup[] {
  const extension = extname(path);
  const prefix = `${basename(path, extension)}-`;
  return files
    .flatMap((file) => {
      const compressed = file.endsWith('.gz');
      const plain = compressed ? file.slice(0, -'.gz'.length) : file;
      if (!plain.startsWith(prefix) || !plain.endsWith(extension)) return [];
      const time = plain.slice(prefix.length, plain.length - extension.length);
      const [, day, hours, minutes, seconds] = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(time) ?? [];
      const setAsideMs = Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
      return Number.isNaN(setAsideMs) ? [] : [{ file, compressed, setAsideMs }];
    })
    .sort((a, b) => b.setAsideMs - a.setAsideMs || a.file.localeCompare(b.file));
}

/** What is to be done with the backups, which come with the newest first. */
export function planRetention(
  backups: readonly Backup[],
  { maxAgeDays, maxBackups, compress }: Retention,
  nowMs: number,
): { remove: string[]; compress: string[] } {
  // A log and what was made of it, when that could not be finished, count as one.
  const times = [...new Set(backups.map(({ setAsideMs }) => setAsideMs))];
  const kept = new Set(
    times
      .slice(0, maxBackups > 0 ? maxBackups : undefined)
      .filter((time) => maxAgeDays <= 0 || nowMs - time <= maxAgeDays * 24 * 3_600_000),
  );
  const isKept = ({ setAsideMs }: Backup): boolean => kept.has(setAsideMs);
  return {
    remove: backups.filter((backup) => !isKept(backup)).map(({ file }) => file),
    compress: compress ? backups.filter((b) => isKept(b) && !b.compressed).map(({ file }) => file) : [],
  };
}
