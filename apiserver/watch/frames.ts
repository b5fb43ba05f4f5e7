/**
 * Watch events as bytes. The plain form of an event is encoded once, however many watch it.
 *
 * Upstream: apiserver/pkg/endpoints/handlers/{watch,response}.go
 */
import { apiVersionOf } from '../../api/kind.ts';
import type { AnyKind } from '../../api/kinds/all.ts';
import { type IncludeObject, partialMetadata, toTable } from '../../api/table.ts';
import type { Entry } from '../cache/entry.ts';
import type { Change, Frame } from '../cache/watch-cache.ts';
import type { Form } from '../request/negotiate.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** How one watcher wants its events. */
export interface FrameFormat {
  kind: AnyKind;
  as: Form['as'];
  version: Form['version'];
  includeObject: IncludeObject;
  /** Whether a table says what its columns are, as the first of a watch does. */
  columns: boolean;
  /** Tells formats apart. */
  key: string;
  /** The format of all events after the first. */
  later: FrameFormat;
}

export function frameFormat(kind: AnyKind, { as, version }: Form, includeObject: IncludeObject): FrameFormat {
  const formatOf = (columns: boolean) => {
    const key = [apiVersionOf(kind), as, version, includeObject, columns].join(' ');
    return { kind, as, version, includeObject, columns, key };
  };
  const later = formatOf(false) as FrameFormat;
  later.later = later;
  return as === 'Table' ? { ...formatOf(true), later } : later;
}

const newline = Buffer.from('}\n');
const chunkEnd = Buffer.from('\r\n');

function frameOf(...parts: Buffer[]): Frame {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const chunkHead = Buffer.from(`${length.toString(16)}\r\n`, 'latin1');
  const chunk = Buffer.concat([chunkHead, ...parts, chunkEnd]);
  return { chunk, line: chunk.subarray(chunkHead.length, chunkHead.length + length) };
}

/** The frame of an object as it is at its entry's revision. */
export const frame = (format: FrameFormat, type: EventType, entry: Entry): Frame =>
  format.as === 'object'
    ? frameOf(Buffer.from(`{"type":"${type}","object":`), entry.bytes, newline)
    : jsonFrame(type, transform(format, entry));

/** How a change looks to one watcher: an object that leaves its selection is deleted, as it was when it belonged there. */
export interface Seen {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  left: boolean;
}

/** The frame of a change; made once for all who see it in the same way. */
export function changeFrame(format: FrameFormat, { entry, previous, revision, frames }: Change, seen: Seen): Frame {
  const key = `${format.key} ${seen.type} ${seen.left}`;
  let made = frames.get(key);
  if (!made) {
    made = frame(format, seen.type, seen.left ? previous!.at(revision) : entry);
    frames.set(key, made);
  }
  return made;
}

function transform({ kind, as, version, includeObject, columns }: FrameFormat, { object }: Entry): unknown {
  const { resourceVersion = '' } = object.metadata;
  if (as === 'Table') {
    const table = toTable(kind, [object], { now: Date.now(), includeObject, metadata: { resourceVersion }, columns });
    return { ...table, apiVersion: `meta.k8s.io/${version}` };
  }
  return { ...partialMetadata(object), apiVersion: `meta.k8s.io/${version}` };
}

/** Tells the client that it has everything up to `revision`; the last of the initial events says so. */
export function bookmark(
  { kind, as, version, includeObject, columns }: FrameFormat,
  revision: number,
  initialEventsEnd: boolean,
): Frame {
  const resourceVersion = String(revision);
  const annotations = initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {};
  const object = { kind: kind.kind, apiVersion: apiVersionOf(kind), metadata: { resourceVersion, ...annotations } };
  if (as === 'Table') {
    // Its row carries what the bookmark says, and nothing that anybody would print.
    const table = toTable(kind, [], { now: 0, includeObject, metadata: { resourceVersion }, columns });
    const rows = [{ cells: [], ...(includeObject !== 'None' && { object: partialMetadata(object) }) }];
    return jsonFrame('BOOKMARK', { ...table, apiVersion: `meta.k8s.io/${version}`, rows });
  }
  if (as === 'object') return jsonFrame('BOOKMARK', object);
  return jsonFrame('BOOKMARK', { ...partialMetadata(object), apiVersion: `meta.k8s.io/${version}` });
}

/** An event with any object. */
export const jsonFrame = (type: EventType, object: unknown): Frame =>
  frameOf(Buffer.from(`${JSON.stringify({ type, object })}\n`));
