/**
 * The whole history of a store as text, for people: each key with its generations (the lives between its creation and its
 * deletion), each with its versions. After `put a 1`, `put a 2`, a txn that puts `b` with a lease and deletes `a`, and
 * `put a 3`, all keys print as
 *
 *     revision 5, nothing compacted, 2 keys (0 deleted), 1 lease
 *
 *     lease 694d9af62c5ed21c, granted for 60 s
 *
 *     a
 *       generation created at 2, deleted at 4
 *         2    version 1                            1
 *         3    version 2                            2
 *         4.1  deleted
 *       generation created at 5
 *         5    version 1                            3
 *
 *     b
 *       generation created at 4
 *         4    version 1   lease 694d9af62c5ed21c   hello
 *
 * `4.1` is the second change of revision 4. Values are cut; what is not text is shown in hexadecimal.
 */
import { KeyValue } from '../api/etcd.ts';
import { isWithin } from './entries.ts';
import { bytesOf, textOf } from './key-range.ts';
import { leaseBounds, metaKey, parseLeaseKey, parseRecord, recordBounds, unseal } from './layout.ts';

/** One version of a key, or its deletion, which has no version. */
interface Change {
  revision: number;
  sub: number;
  createRevision: number;
  /** 0: deleted. */
  version: number;
  lease: bigint;
  value: string;
}

export interface Dump {
  revision: number;
  compactRevision: number;
  leases: { id: bigint; ttl: number }[];
  /** By key, each in revision order. */
  keys: Map<string, Change[]>;
}

const records = recordBounds(0, Number.MAX_SAFE_INTEGER - 1);

/** Reads what the database holds about the keys with a prefix. */
export async function collectDump(entries: AsyncIterable<[Buffer, Buffer]>, prefix: string): Promise<Dump> {
  const dump: Dump = { revision: 1, compactRevision: -1, leases: [], keys: new Map() };
  const wanted = textOf(Buffer.from(prefix));
  for await (const [key, value] of entries) {
    if (key.equals(metaKey('compactRevision'))) dump.compactRevision = Number(unseal(key, value));
    else if (isWithin(leaseBounds, key)) dump.leases.push({ id: parseLeaseKey(key), ttl: Number(unseal(key, value)) });
    else if (isWithin(records, key)) {
      const record = parseRecord(key, value);
      const { revision, sub } = record;
      dump.revision = Math.max(dump.revision, revision);
      const name = textOf(record.key);
      if (!name.startsWith(wanted)) continue;
      const { createRevision, version, lease, value: bytes } = KeyValue.decode(record.kv?.bytes ?? Buffer.alloc(0));
      const change = { revision, sub, createRevision, version, lease, value: previewOf(bytes) };
      const changes = dump.keys.get(name);
      if (changes) changes.push(change);
      else dump.keys.set(name, [change]);
    }
  }
  dump.revision = Math.max(dump.revision, dump.compactRevision);
  return dump;
}

/** The text. Without `all` only the keys that are there now. */
export function renderDump({ revision, compactRevision, leases, keys }: Dump, all: boolean): string {
  const sorted = [...keys].sort(([a], [b]) => (a < b ? -1 : 1));
  const living = sorted.filter(([, changes]) => changes.at(-1)!.version > 0);
  const compacted = compactRevision > 0 ? `compacted at ${compactRevision}` : 'nothing compacted';
  const deleted = sorted.length - living.length;
  const title = `revision ${revision}, ${compacted}, ${plural(sorted.length, 'key')} (${deleted} deleted), ${plural(leases.length, 'lease')}`;
  const shown = all ? sorted : living;
  const layout = layoutOf(shown.flatMap(([, changes]) => changes));
  return [
    title,
    ...(leases.length > 0 ? ['', ...leases.map(({ id, ttl }) => `${leaseText(id)}, granted for ${ttl} s`)] : []),
    ...shown.flatMap(([key, changes]) => ['', textOrHex(bytesOf(key)), ...generationsOf(changes).flatMap(layout)]),
  ].join('\n');
}

/** The lives of a key: each ends with a deletion, but for the last while the key is there. */
function generationsOf(changes: Change[]): Change[][] {
  const generations: Change[][] = [[]];
  for (const change of changes) {
    if (generations.at(-1)!.at(-1)?.version === 0) generations.push([]);
    generations.at(-1)!.push(change);
  }
  return generations;
}

/** How the lines of a generation look when the columns are as wide as all these changes need. */
function layoutOf(changes: Change[]): (generation: Change[]) => string[] {
  const width = (cell: (change: Change) => string): number => Math.max(0, ...changes.map((one) => cell(one).length));
  const [revisionWidth, versionWidth, leaseWidth] = [width(revisionText), width(versionText), width(leaseCell)];
  const line = (change: Change): string =>
    [
      `    ${revisionText(change).padEnd(revisionWidth)}`,
      versionText(change).padEnd(versionWidth),
      ...(leaseWidth > 0 ? [leaseCell(change).padEnd(leaseWidth)] : []),
      change.value,
    ]
      .join('   ')
      .trimEnd();
  return (generation) => [`  ${generationText(generation)}`, ...generation.map(line)];
}

function generationText(generation: Change[]): string {
  const [first, last] = [generation[0]!, generation.at(-1)!];
  const created = first.version > 0 ? ` created at ${first.createRevision}` : '';
  const deleted = last.version === 0 ? `${created && ','} deleted at ${last.revision}` : '';
  return `generation${created}${deleted}`;
}

const revisionText = ({ revision, sub }: Change): string => (sub > 0 ? `${revision}.${sub}` : String(revision));
const versionText = ({ version }: Change): string => (version > 0 ? `version ${version}` : 'deleted');
const leaseText = (id: bigint): string => `lease ${BigInt.asUintN(64, id).toString(16)}`;
const leaseCell = ({ lease }: Change): string => (lease === 0n ? '' : leaseText(lease));
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

const previewBytes = 80;

function previewOf(value: Buffer): string {
  if (value.length <= previewBytes) return textOrHex(value);
  return `${textOrHex(value.subarray(0, previewBytes))}... (${value.length} bytes)`;
}

/** One line: text as it is, anything else in hexadecimal. */
function textOrHex(bytes: Buffer): string {
  const text = bytes.toString();
  // A cut may have gone through a character, which then reads as the replacement character.
  return /^[^\p{Cc}\ufffd]*\ufffd?$/u.test(text) ? text.replace(/\ufffd$/, '') : `0x${bytes.toString('hex')}`;
}
