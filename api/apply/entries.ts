/**
 * `metadata.managedFields`: who owns which fields of an object. An entry belongs to one manager, operation and subresource;
 * updates in different versions have entries of their own, applies have one.
 *
 * Upstream: apimachinery/pkg/util/managedfields/internal/managedfields.go, capmanagers.go
 */
import { isEqual } from '../patch/json.ts';
import { type FieldSet, isEmptySet, leaf, normalizeFieldSet, union } from './field-set.ts';

export interface ManagedFieldsEntry {
  manager?: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  /** RFC 3339. */
  time?: string;
  fieldsType: 'FieldsV1';
  fieldsV1: FieldSet;
  subresource?: string;
}

/** Who writes, how, and in which version. */
export type Writer = Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'apiVersion' | 'subresource'>;

/** Whether the entry is the writer's own. An applier keeps its entry when it goes over to another version. */
export const isEntryOf = (entry: Writer, writer: Writer): boolean =>
  entry.manager === writer.manager &&
  entry.operation === writer.operation &&
  (entry.subresource ?? '') === (writer.subresource ?? '') &&
  (entry.operation === 'Apply' || entry.apiVersion === writer.apiVersion);

/** A new entry of the writer. */
export function entryOf(writer: Writer, fieldsV1: FieldSet, time?: string): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource } = writer;
  return {
    ...(manager && { manager }),
    operation,
    apiVersion,
    ...(time && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1,
    ...(subresource && { subresource }),
  };
}

/**
 * Reads entries that a client gave, with each set in our form and one entry for each writer. Throws when one is not valid; a
 * caller then takes the stored ones.
 */
export function decodeEntries(given: readonly unknown[]): ManagedFieldsEntry[] {
  const entries: ManagedFieldsEntry[] = [];
  for (const [i, value] of given.entries()) {
    const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource } = value as ManagedFieldsEntry;
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
    if (!apiVersion) throw new Error('apiVersion must not be empty');
    if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${i}`);
    if (fieldsType !== 'FieldsV1') {
      throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${i}`);
    }
    const set = fieldsV1 === undefined ? leaf : normalizeFieldSet(fieldsV1);
    const entry = entryOf({ manager, operation, apiVersion, subresource }, set, time);
    const same = entries.findIndex((other) => isEntryOf(other, entry));
    if (same < 0) entries.push(entry);
    else entries[same] = entry;
  }
  return entries;
}

/** Whether a client asks for all ownership to be forgotten: by an empty list, or a list with one empty entry. */
export const isReset = (given: readonly unknown[] | undefined): boolean =>
  given !== undefined && (given.length === 0 || (given.length === 1 && Object.keys(given[0] as object).length === 0));

/**
 * Spells an empty list as a list with one empty entry, which means the same and is not pruned with the other empty lists of a
 * body.
 */
export function keepReset(object: unknown): void {
  const metadata = (object as { metadata?: { managedFields?: unknown[] } } | null)?.metadata;
  if (Array.isArray(metadata?.managedFields) && metadata.managedFields.length === 0) metadata.managedFields = [{}];
}

/** Whether the lists differ in nothing but times. */
export const differInTimesOnly = (a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[]): boolean =>
  a.length === b.length &&
  a.some((entry, i) => entry.time !== b[i]!.time) &&
  a.every((entry, i) => entry === b[i] || isEqual({ ...entry, time: '' }, { ...b[i]!, time: '' }));

const seconds = (entry: ManagedFieldsEntry): number => (entry.time ? Math.floor(Date.parse(entry.time) / 1000) : 0);

const compareTexts = (a = '', b = ''): number => (a === b ? 0 : a < b ? -1 : 1);

/** The order in which entries are stored: appliers first, then by time and name. */
export const sortEntries = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] =>
  [...entries].sort(
    (a, b) =>
      compareTexts(a.operation, b.operation) ||
      seconds(a) - seconds(b) ||
      compareTexts(a.manager, b.manager) ||
      compareTexts(a.apiVersion, b.apiVersion) ||
      compareTexts(a.subresource, b.subresource),
  );

/** How many entries of updates an object may have. */
const maxUpdateEntries = 10;

/** Whom the oldest updates belong to once there are too many. */
const ancientChanges = 'ancient-changes';

/** Joins the oldest updates of each version into one entry, until there are few enough. */
export function capUpdates(entries: readonly ManagedFieldsEntry[]): readonly ManagedFieldsEntry[] {
  const updates = entries.filter(({ operation }) => operation === 'Update');
  let excess = updates.length - maxUpdateEntries;
  if (excess <= 0) return entries;
  updates.sort((a, b) => seconds(a) - seconds(b) || compareTexts(a.manager, b.manager));
  /** The entry that older ones of a version have gone into. */
  const buckets = new Map<string, ManagedFieldsEntry>();
  const gone = new Set<ManagedFieldsEntry>();
  for (const entry of updates) {
    if (excess <= 0) break;
    const { apiVersion } = entry;
    const bucket = buckets.get(apiVersion);
    if (bucket) {
      const joined = union(entry.fieldsV1, bucket.fieldsV1);
      gone.add(entry).add(bucket);
      buckets.set(
        apiVersion,
        entryOf({ manager: ancientChanges, operation: 'Update', apiVersion }, joined, entry.time),
      );
      excess -= 1;
    } else buckets.set(apiVersion, entry);
  }
  const joined = [...buckets.values()].filter((entry) => !entries.includes(entry));
  return [...entries.filter((entry) => !gone.has(entry)), ...joined.filter((entry) => !gone.has(entry))];
}

/** The entries that own anything. */
export const withoutEmpty = (entries: readonly ManagedFieldsEntry[]): ManagedFieldsEntry[] =>
  entries.filter(({ fieldsV1 }) => !isEmptySet(fieldsV1));
