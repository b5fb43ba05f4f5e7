/**
 * `snapshot status`: what a snapshot holds, in etcdctl's formats. The hash is what `Maintenance.Hash` said on the store
 * when the snapshot was taken; the keys are counted as they are stored, each version and each deletion.
 *
 * Upstream: etcdutl/snapshot/v3_snapshot.go (Status), etcdutl/etcdutl/printer*.go
 */
import { stat } from 'node:fs/promises';
import { isWithin } from '../entries.ts';
import { hashEntry } from '../hash.ts';
import { metaKey, parseRecordKey, recordBounds, unseal } from '../layout.ts';
import { readSnapshotFile } from '../snapshot-format.ts';

interface Status {
  hash: number;
  revision: number;
  totalKey: number;
  totalSize: number;
}

const formats = {
  simple: (status: Status): string => columns(status).join(', '),
  table: (status: Status): string => table(['HASH', 'REVISION', 'TOTAL KEYS', 'TOTAL SIZE'], columns(status)),
  json: (status: Status): string => JSON.stringify(status),
  fields: ({ hash, revision, totalKey, totalSize }: Status): string =>
    `"Hash" : ${hash}\n"Revision" : ${revision}\n"Keys" : ${totalKey}\n"Size" : ${totalSize}`,
};

const records = recordBounds(0, Number.MAX_SAFE_INTEGER - 1);

type Format = keyof typeof formats;
export const statusFormats = Object.keys(formats) as Format[];

/** Checks the snapshot. Resolves with what to print. */
export async function snapshotStatus(path: string, format: Format): Promise<string> {
  const { size } = await stat(path);
  const status = { hash: 0, revision: 1, totalKey: 0, totalSize: size };
  for await (const entry of readSnapshotFile(path)) {
    const [key, value] = entry;
    status.hash = hashEntry(entry, status.hash);
    // The record of the newest revision may be compacted.
    if (key.equals(metaKey('compactRevision'))) status.revision = Math.max(status.revision, Number(unseal(key, value)));
    if (!isWithin(records, key)) continue;
    status.totalKey++;
    status.revision = Math.max(status.revision, parseRecordKey(key).revision);
  }
  return formats[format](status);
}

const columns = ({ hash, revision, totalKey, totalSize }: Status): string[] => [
  hash.toString(16),
  String(revision),
  String(totalKey),
  sizeText(totalSize),
];

/** `544 B`, `2.1 MB`, `20 kB`: powers of 1000, one decimal below ten. */
export function sizeText(bytes: number): string {
  if (bytes < 10) return `${bytes} B`;
  const unit = Math.floor(Math.log10(bytes) / 3);
  const value = Math.round((bytes / 1000 ** unit) * 10) / 10;
  return `${value < 10 ? value.toFixed(1) : halfToEven(value)} ${['B', 'kB', 'MB', 'GB', 'TB'][unit]}`;
}

/** How Go rounds: 20.5 gives 20, 21.5 gives 22. */
const halfToEven = (value: number): number => (value % 2 === 0.5 ? value - 0.5 : Math.round(value));

/** A table of one row as etcdctl draws it: titles in the middle, numbers at the right. */
function table(titles: string[], cells: string[]): string {
  const widths = titles.map((title, i) => Math.max(title.length, cells[i]!.length));
  const line = `+${widths.map((width) => '-'.repeat(width + 2)).join('+')}+`;
  const row = (texts: string[]): string => `| ${texts.join(' | ')} |`;
  const centered = titles.map((title, i) => {
    const before = Math.floor((widths[i]! - title.length) / 2);
    return (' '.repeat(before) + title).padEnd(widths[i]!);
  });
  return [line, row(centered), line, row(cells.map((cell, i) => cell.padStart(widths[i]!))), line].join('\n');
}
